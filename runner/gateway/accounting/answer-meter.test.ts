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
    [
      'data: {"usage":null,"choices":[]}\n\n',
      'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"d":{"a":1}}}\n\n',
    ],
    [3, 2, null],
  ],
  [
    'llama-server',
    [
      'data: {"timings":{"cache_n":4,"prompt_n":6,"predicted_n":2,"predicted_per_second":40.5}}\n\ndata: [DONE]\n\n',
    ],
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
  [
    'Responses',
    ['data: {"type":"response.completed","response":{"usage":{"input_tokens":9,"output_tokens":1}}}\n\n'],
    [9, 1, null],
  ],
  [
    'the last chunk and usage in one packet',
    [
      'data: {"choices":[],"usage":null}\n\n',
      'data: {"choices":[],"usage":null}\n\ndata: {"choices":[],"usage": {"prompt_tokens":3,"completion_tokens":2}}\n\ndata: [DONE]\n\n',
    ],
    [3, 2, null],
  ],
  [
    'usage before a chunk without it in one packet',
    ['data: {"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\ndata: {"choices":[],"usage":null}\n\n'],
    [3, 2, null],
  ],
  [
    'Anthropic in one packet',
    [
      'data: {"message":{"usage":{"input_tokens":9,"output_tokens":1}}}\n\nevent: message_delta\ndata: {"usage":{"output_tokens":7}}\n\n',
    ],
    [9, 7, null],
  ],
  [
    'Responses with metadata of that name',
    [
      'data: {"type":"response.created","response":{"usage":null,"metadata":{"usage":"x"}}}\n\n',
      'data: {"response":{"usage":{"input_tokens":9,"output_tokens":1},"metadata":{"usage":{"input_tokens":0,"output_tokens":0}}}}\n\n',
    ],
    [9, 1, null],
  ],
  [
    'more than anybody believes',
    ['data: {"usage":{"prompt_tokens":1e300,"completion_tokens":1e16}}\n\n'],
    [1e9, 1e9, null],
  ],
  [
    'less than nothing, and parts',
    ['data: {"usage":{"prompt_tokens":-5,"completion_tokens":1.6}}\n\n'],
    [0, 2, null],
  ],
  [
    'one number that is none',
    ['data: {"usage":{"prompt_tokens":null,"completion_tokens":2}}\n\n'],
    [null, 2, null],
  ],
  [
    'a line that is not JSON',
    ['data: {"x":1,"usage":{"prompt_tokens":4,"d":{"a":1}},"usage":"no", …\n\n'],
    [4, null, null],
  ],
  [
    'text that looks like usage',
    ['data: {"content":"\\"usage\\":{\\"prompt_tokens\\":1}"}\n\n'],
    [null, null, null],
  ],
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

test.each<[string, string, number | null]>([
  ['metadata of that name', '{"usage":{"input_tokens":5},"metadata":{"usage":"x"}}', 5],
  [
    'metadata that is a usage',
    '{\n "usage": {"input_tokens": 5},\n "metadata": {"usage": {"input_tokens": 0}}\n}',
    5,
  ],
  ['metadata alone', '{"metadata":{"usage":{"input_tokens":1}}}', null],
  ['a response within', '{"response":{"usage":{"input_tokens":5}},"metadata":{"usage":{}}}', 5],
  ['1e18 tokens', '{"usage":{"prompt_tokens":1e18}}', 1e9],
  ['timings', '{"timings":{"prompt_n":1e16,"cache_n":1}}', 1e9],
])('a whole body with %s', (_, body, tokens) => {
  const meter = new AnswerMeter();
  meter.bytes(Buffer.from(body));
  expect(meter.figures().promptTokens).toBe(tokens);
});

test('metadata of that name behind the usage of a long answer', () => {
  const meter = new AnswerMeter();
  meter.bytes(
    Buffer.from(`{"output":["${'x'.repeat(300_000)}"],"usage":{"input_tokens":5},"metadata":{"usage":"x"}}`),
  );
  expect(meter.figures().promptTokens).toBe(5);
});

test.each(['head', 'tail'])('usage at the %s of a long answer', (where) => {
  const usage = '"usage":{"prompt_tokens":5,"total_tokens":5}';
  const data = `"data":[${'0.1234,'.repeat(100_000)}0]`;
  const body = Buffer.from(where === 'head' ? `{${usage},${data}}` : `{${data},${usage}}`);
  const meter = new AnswerMeter();
  for (let at = 0; at < body.length; at += 10_000) meter.bytes(body.subarray(at, at + 10_000));
  expect(meter.figures().promptTokens).toBe(5);
});
