import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../api/read-events.ts';
import { EMPTY_ANSWER, applyEvent, type LiveAnswer } from './live-answer.ts';

const event = (id: string | null, frame: object): StreamEvent => ({
  name: 'message',
  id,
  data: JSON.stringify(frame),
});
const takeAll = (events: readonly StreamEvent[], from: LiveAnswer = EMPTY_ANSWER): LiveAnswer =>
  events.reduce(applyEvent, from);
const DONE = {
  done: true,
  stream_id: 'st',
  model: null,
  endpoint_id: 'e',
  finish_reason: 'stop',
  usage: null,
};

describe('an answer that is being written', () => {
  it('joins content and reasoning and knows where to resume', () => {
    const answer = takeAll([
      event('st:1', { reasoning: 'Hm' }),
      event('st:2', { content: 'Yes' }),
      event('st:3', { content: ', sure.' }),
    ]);
    expect(answer).toMatchObject({
      streamId: 'st',
      lastEventId: 'st:3',
      reasoning: 'Hm',
      content: 'Yes, sure.',
      end: null,
    });
  });

  it('applies no frame twice, whatever a reconnection repeats', () => {
    const first = takeAll([event('st:1', { content: 'a' }), event('st:2', { content: 'b' })]);
    const again = takeAll(
      [event('st:1', { content: 'a' }), event('st:2', { content: 'b' }), event('st:3', { content: 'c' })],
      first,
    );
    expect(again.content).toBe('abc');
    expect(applyEvent(first, event('st:2', { content: 'b' }))).toBe(first);
  });

  it('compares numbers as numbers, and reads ids whose stream has colons', () => {
    const answer = takeAll([event('a:b:9', { content: '1' }), event('a:b:10', { content: '2' })]);
    expect([answer.content, answer.streamId]).toEqual(['12', 'a:b']);
  });

  it('keeps the newest progress', () => {
    const progress = { phase: 'answer', tokens: 5, tokens_per_second: 40, expected_end_ms: null };
    expect(
      takeAll([event('s:1', { progress: { phase: 'queued', place: 2 } }), event('s:2', { progress })])
        .progress,
    ).toEqual(progress);
  });

  it('joins the pieces of tool calls by their index', () => {
    const pieces = [
      {
        tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'wind', arguments: '{"a"' } }],
      },
      { tool_calls: [{ index: 1, function: { name: 'snow', arguments: '{}' } }] },
      { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] },
    ];
    expect(takeAll(pieces.map((frame, at) => event(`s:${at}`, frame))).toolCalls).toEqual([
      { name: 'wind', arguments: '{"a":1}' },
      { name: 'snow', arguments: '{}' },
    ]);
  });

  it('ends with done or with an error, and nothing comes after that', () => {
    const done = takeAll([
      event('s:1', { content: 'a' }),
      event('s:2', DONE),
      event('s:3', { content: 'b' }),
    ]);
    expect([done.content, done.end?.kind]).toEqual(['a', 'done']);
    const failed = takeAll([event('s:1', { error: 'It broke.', code: 'UPSTREAM_CUT' })]);
    expect(failed.end).toMatchObject({ kind: 'failed', code: 'UPSTREAM_CUT', message: 'It broke.' });
  });

  it('ignores an unknown frame of a newer runner, but remembers its id', () => {
    expect(takeAll([event('s:1', { novelty: 1 }), event('s:2', { content: 'a' })])).toMatchObject({
      content: 'a',
      lastEventId: 's:2',
    });
  });
});
