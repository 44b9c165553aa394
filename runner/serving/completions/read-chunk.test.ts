import { describe, expect, it } from 'vitest';
import { AppError } from '../../base/errors.ts';
import { readChunk } from './read-chunk.ts';

const chunk = (delta: object, rest: object = {}): string =>
  JSON.stringify({ choices: [{ delta, finish_reason: null }], ...rest });

describe('a chunk of a stream', () => {
  it.each([
    ['content', chunk({ content: 'hi' }), [{ kind: 'content', text: 'hi' }]],
    ["llama-server's first chunk, with null for content", chunk({ role: 'assistant', content: null }), []],
    [
      'reasoning as llama-server names it',
      chunk({ reasoning_content: 'hm' }),
      [{ kind: 'reasoning', text: 'hm' }],
    ],
    ['reasoning as others name it', chunk({ reasoning: 'hm' }), [{ kind: 'reasoning', text: 'hm' }]],
    ['tool calls', chunk({ tool_calls: [{ index: 0 }] }), [{ kind: 'tool-calls', calls: [{ index: 0 }] }]],
    [
      'prompt progress',
      chunk({}, { prompt_progress: { total: 620, cache: 0, processed: 310, time_ms: 7 } }),
      [{ kind: 'prompt-progress', total: 620, processed: 310 }],
    ],
    [
      'the usage chunk without choices',
      JSON.stringify({
        choices: [],
        usage: { prompt_tokens: 2, completion_tokens: 3 },
        timings: { predicted_ms: 1 },
      }),
      [
        { kind: 'usage', usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 } },
        { kind: 'timings', timings: { predicted_ms: 1 } },
      ],
    ],
    [
      "an old server's last chunk: finish and usage at once",
      JSON.stringify({
        choices: [{ delta: {}, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      }),
      [
        { kind: 'finish', reason: 'stop' },
        { kind: 'usage', usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } },
      ],
    ],
    [
      'the model without the folder of its file',
      JSON.stringify({ model: 'C:\\models/qwen.gguf', choices: [] }),
      [{ kind: 'model', model: 'qwen.gguf' }],
    ],
    [
      'a model that is no file',
      JSON.stringify({ model: 'org/qwen', choices: [] }),
      [{ kind: 'model', model: 'org/qwen' }],
    ],
    [
      'a whole answer of a server that does not stream',
      JSON.stringify({ model: 'm', choices: [{ message: { content: 'all' }, finish_reason: 'length' }] }),
      [
        { kind: 'model', model: 'm' },
        { kind: 'content', text: 'all' },
        { kind: 'finish', reason: 'length' },
      ],
    ],
  ])('%s', (_name, json, deltas) => {
    expect(readChunk(json)).toEqual(deltas);
  });

  it.each([
    ['what is no JSON', 'not json {', 'UPSTREAM_BAD_ANSWER'],
    ['JSON that is no completion', '"text"', 'UPSTREAM_BAD_ANSWER'],
    ['choices that are no list', '{"choices": 7}', 'UPSTREAM_BAD_ANSWER'],
    [
      'an error in the middle of a stream',
      '{"error":{"message":"out of memory","code":500}}',
      'UPSTREAM_REFUSED',
    ],
  ])('throws on %s', (_name, json, code) => {
    expect(() => readChunk(json)).toThrow(expect.objectContaining({ code }));
    expect(() => readChunk(json)).toThrow(AppError);
  });
});
