/** Every cause, note and problem of the runner has a Croatian text with the same values; without a code the English text remains. */
import { describe, expect, it } from 'vitest';
import { PROBLEM_TEXTS, endpointProblem } from '#contract/endpoint-problem';
import { LOAD_PROBLEM_TEXTS, loadProblem } from '#contract/load-problem';
import { diagnosisSchema } from '#contract/process';
import { MQTT_PROBLEM_TEXTS, MQTT_STEP_TEXTS } from '#contract/mqtt-problem';
import { NOTE_TEXTS, processNote } from '#contract/process-note';
import { TUNNEL_NOTE_TEXTS, TUNNEL_PROBLEM_TEXTS, TUNNEL_STEP_TEXTS } from '#contract/tunnel-problem';
import { CAUSE_TEXTS } from '#launch/cause-texts';
import { diagnoseCrash } from '#launch/diagnose-crash';
import { hrRunner } from './hr-runner.ts';
import { diagnosisWords, loadProblemWords, noteWords, problemWords } from './runner-words.ts';

const places = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name))].toSorted();

const inBoth = (
  english: Record<string, string>,
  croatian: Record<string, string>,
): [string, string, string][] =>
  Object.entries(english).map(([code, text]) => [code, text, croatian[code] ?? '']);
const of = <Part extends string>(
  texts: Record<string, Record<Part, string>>,
  part: Part,
): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([code, text]) => [code, text[part]]));

describe.each([
  ['causes', inBoth(of(CAUSE_TEXTS, 'cause'), of(hrRunner.causes, 'cause'))],
  ['suggestions', inBoth(of(CAUSE_TEXTS, 'suggestion'), of(hrRunner.causes, 'suggestion'))],
  ['notes', inBoth(NOTE_TEXTS, hrRunner.notes)],
  ['problems', inBoth(PROBLEM_TEXTS, hrRunner.problems)],
  ['load problems', inBoth(LOAD_PROBLEM_TEXTS, hrRunner.loadProblems)],
  ['tunnel problems', inBoth(of(TUNNEL_PROBLEM_TEXTS, 'message'), of(hrRunner.tunnelProblems, 'message'))],
  [
    'suggestions for tunnels',
    inBoth(of(TUNNEL_PROBLEM_TEXTS, 'suggestion'), of(hrRunner.tunnelProblems, 'suggestion')),
  ],
  ['steps of a tunnel test', inBoth(TUNNEL_STEP_TEXTS, hrRunner.tunnelSteps)],
  ['notes on tunnels', inBoth(TUNNEL_NOTE_TEXTS, hrRunner.tunnelNotes)],
  ['broker problems', inBoth(of(MQTT_PROBLEM_TEXTS, 'message'), of(hrRunner.mqttProblems, 'message'))],
  [
    'suggestions for brokers',
    inBoth(of(MQTT_PROBLEM_TEXTS, 'suggestion'), of(hrRunner.mqttProblems, 'suggestion')),
  ],
  ['steps of a broker test', inBoth(MQTT_STEP_TEXTS, hrRunner.mqttSteps)],
])('the %s', (_name, texts) => {
  it.each(texts)('%s: differ from English and have the same values', (_code, english, croatian) => {
    expect(croatian.trim()).not.toBe('');
    expect(croatian).not.toBe(english);
    expect(places(croatian)).toEqual(places(english));
  });
});

describe('in Croatian', () => {
  it('a diagnosis is translated by its code and values', () => {
    const exit = { code: 1, signal: null, reason: 'crashed' } as const;
    const diagnosis = diagnoseCrash({
      recipe: 'llama-server',
      exit,
      lastLines: ['error: invalid argument: --no-such-flag'],
    });
    expect(diagnosis).not.toBeNull();
    const sent = diagnosisSchema.parse(JSON.parse(JSON.stringify(diagnosis)));
    expect(diagnosisWords(sent, hrRunner).cause).toBe('Poslužitelj ne poznaje argument --no-such-flag.');
    expect(diagnosisWords(sent, null)).toEqual({ cause: sent.cause, suggestion: sent.suggestion });
  });

  it('so are the notes of processes and the problems of servers', () => {
    const { text, code, values } = processNote('url-loading', {
      url: 'http://127.0.0.1:8080/health',
      status: 503,
    });
    expect(noteWords({ note: text, noteCode: code, noteValues: values }, hrRunner)).toBe(
      'http://127.0.0.1:8080/health odgovara 503 (učitava se)',
    );
    expect(problemWords(endpointProblem('nobody-listens', { host: 'gpu:8080' }), hrRunner)).toBe(
      'Na adresi gpu:8080 ne sluša nijedan poslužitelj. Pokrenite ga ili provjerite adresu.',
    );
  });

  it('so are load problems, by their own code or that of a diagnosis', () => {
    expect(loadProblemWords(loadProblem('load-port-taken'), hrRunner)).toBe(
      'Port postavljen u njegovu profilu je zauzet.',
    );
    const crash = {
      problem: 'No memory. Take less.',
      problemCode: 'unknown-argument',
      problemValues: { flag: '-x' },
    };
    const { cause, suggestion } = hrRunner.causes['unknown-argument'];
    expect(loadProblemWords(crash, hrRunner)).toBe(`${cause.replace('{{flag}}', '-x')} ${suggestion}`);
    expect(loadProblemWords({ problem: 'It broke.', problemCode: 'new', problemValues: {} }, hrRunner)).toBe(
      'It broke.',
    );
    expect(loadProblemWords({ problem: 'It broke.' }, hrRunner)).toBe('It broke.');
    expect(loadProblemWords({ problem: null }, hrRunner)).toBeNull();
    expect(loadProblemWords(crash, null)).toBe(crash.problem);
  });

  it('a text without a code, or with one of a newer runner, remains unchanged', () => {
    const said = { cause: 'It broke.', suggestion: 'Mend it.' };
    expect(diagnosisWords(said, hrRunner)).toEqual(said);
    expect(diagnosisWords({ ...said, code: 'new', values: {} }, hrRunner)).toEqual(said);
    expect(noteWords({ note: 'waits' }, hrRunner)).toBe('waits');
    expect(problemWords({ problem: 'away', problemCode: 'new', problemValues: null }, hrRunner)).toBe('away');
    expect(problemWords({ problem: null, problemCode: null }, hrRunner)).toBeNull();
  });
});
