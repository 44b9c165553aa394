import { expect, test } from 'vitest';
import { AnswerMeter } from './answer-meter.ts';

function meterOf(...lines: string[]): AnswerMeter {
  const meter = new AnswerMeter();
  for (const line of lines) meter.lines(Buffer.from(line));
  return meter;
}

test.each<[string, string[], [number | null, number | null, number | null]]>([
  [
    'OpenAI',
    ['data: {"usage":null,"choices":[]}\n\n', 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"d":{"a":1}}}\n\n'],
    [3, 2, null],
  ],
  [
    'llama-server',
    ['data: {"timings":{"cache_n":4,"prompt_n":6,"predicted_n":2,"predicted_per_second":40.5}}\n\ndata: [DONE]\n\n'],
    [10, 2, 40.5],
  ],
  [
    'Anthropic',
    [
      'event: message_start\ndata: {"message":{"usage":{"input_tokens":9,"output_tokens":1}}}\n\n',
      'event: message_delta\ndata: {"usage":{"output_tokens":7}}\n\n',
    ],
    [9, 7, null],
  ],
  ['Responses', ['data: {"type":"response.completed","response":{"usage":{"input_tokens":9,"output_tokens":1}}}\n\n'], [9, 1, null]],
  ['text that looks like usage', ['data: {"content":"\\"usage\\":{\\"prompt_tokens\\":1}"}\n\n'], [null, null, null]],
  ['nonsense', ['data: {"usage":{"prompt_tokens":"many"}}\n\n', 'data: "timings":{\n\n'], [null, null, null]],
  ['nothing', [': ping\n\n'], [null, null, null]],
])('usage of %s', (_, lines, expected) => {
  const { promptTokens, completionTokens, tokensPerSecond } = meterOf(...lines).figures();
  expect([promptTokens, completionTokens, tokensPerSecond]).toEqual(expected);
});

test('data events are counted, several in a chunk too; comments are none, and no first token', () => {
  const meter = meterOf(': ping\n\n', 'event: a\n');
  expect([meter.events, meter.figures().firstAt]).toEqual([0, null]);
  meter.lines(Buffer.from('data: 1\n\ndata: 2\n\n: x\n\ndata: 3\n\n'));
  expect(meter.events).toBe(3);
  expect(meter.figures().firstAt).not.toBeNull();
});

test.each(['head', 'tail'])('usage at the %s of a long answer', (where) => {
  const usage = '"usage":{"prompt_tokens":5,"total_tokens":5}';
  const data = `"data":[${'0.1234,'.repeat(100_000)}0]`;
  const body = Buffer.from(where === 'head' ? `{${usage},${data}}` : `{${data},${usage}}`);
  const meter = new AnswerMeter();
  for (let at = 0; at < body.length; at += 10_000) meter.bytes(body.subarray(at, at + 10_000));
  expect(meter.figures().promptTokens).toBe(5);
});
