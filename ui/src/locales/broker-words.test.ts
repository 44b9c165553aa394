import { expect, it } from 'vitest';
import { foundMqttProblem, mqttStepText } from '#contract/mqtt-problem';
import { brokerProblemWords, brokerStepWords } from './broker-words.ts';
import { hrRunner } from './hr-runner.ts';

it('translates a problem and a step into Croatian by code and values', () => {
  const problem = foundMqttProblem('refused', { place: 'mqtt://broker:1883' });
  expect(brokerProblemWords(problem, hrRunner).message).toBe(
    'Na mqtt://broker:1883 ne sluša nijedan broker.',
  );
  expect(brokerStepWords(mqttStepText('connected', { version: '5' }), hrRunner)).toBe('Spojeno, MQTT 5.');
});

it('leaves them unchanged in English, and for a code of a newer runner', () => {
  const problem = foundMqttProblem('url-missing', {});
  const { message, suggestion } = problem;
  expect(brokerProblemWords(problem, null)).toEqual({ message, suggestion });
  expect(brokerProblemWords({ ...problem, code: 'new' }, hrRunner)).toEqual({ message, suggestion });
  expect(brokerStepWords({ code: 'new', message: 'Said.', values: {} }, hrRunner)).toBe('Said.');
});
