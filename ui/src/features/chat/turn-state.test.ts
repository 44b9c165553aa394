import { expect, it } from 'vitest';
import type { AnswerMeta, Message } from '#contract/session';
import type { LiveTurn } from './chat-streams.ts';
import { EMPTY_ANSWER, type LiveAnswer } from './live-answer.ts';
import { isStored, messagesBefore, questionOf, streamToFollow } from './turn-state.ts';

const META: AnswerMeta = {
  model: null,
  endpointId: 'e',
  endpointName: 'e',
  presetId: null,
  presetName: null,
  sampler: {},
  launch: null,
  promptTokens: null,
  completionTokens: null,
  tokensPerSecond: null,
  firstTokenMs: null,
  durationMs: null,
  finishReason: null,
  leftOut: null,
  streamId: 'st',
};

const message = (id: string, role: Message['role'], status: Message['status'] = 'complete'): Message => ({
  id,
  role,
  status,
  content: id,
  sent: null,
  images: [],
  reasoning: null,
  toolCalls: null,
  error: null,
  meta: role === 'assistant' ? META : null,
  at: '2025-01-01T00:00:00Z',
});

const turn = (before: string[], known: string[], end: LiveAnswer['end']): LiveTurn => ({
  before: new Set(before),
  known: new Set(known),
  request: null,
  answer: { ...EMPTY_ANSWER, end },
  isBroken: false,
  isStopping: false,
  isSettled: false,
});

const FAILED = { kind: 'failed', code: 'UPSTREAM_CUT', message: 'It broke.' } as const;
const OLD = [message('q1', 'user'), message('a1', 'assistant')];

it('counts a turn as stored only when it has ended and its answer is among the messages', () => {
  const stored = [...OLD, message('q2', 'user'), message('a2', 'assistant')];
  expect(isStored(turn(['q1', 'a1'], ['q1', 'a1'], null), stored)).toBe(false);
  expect(isStored(turn(['q1', 'a1'], ['q1', 'a1'], FAILED), stored)).toBe(true);
  expect(isStored(turn(['q1', 'a1'], ['q1', 'a1'], FAILED), OLD)).toBe(false);
  expect(
    isStored(turn(['q1', 'a1'], ['q1', 'a1'], FAILED), [...OLD, message('a2', 'assistant', 'streaming')]),
  ).toBe(false);
});

it('keeps a failed second answer visible: the stored first one is not mistaken for it', () => {
  const again = turn([], ['q1', 'a1'], FAILED);
  expect(isStored(again, OLD)).toBe(false);
  expect(messagesBefore(again, OLD)).toEqual([]);
});

it('finds the stream of an answer being written, and the messages before it', () => {
  expect(streamToFollow(OLD)).toBeNull();
  expect(streamToFollow([...OLD, message('q2', 'user'), message('a2', 'assistant', 'streaming')])).toEqual({
    streamId: 'st',
    idsBefore: ['q1', 'a1', 'q2'],
  });
});

it('finds the question of an answer', () => {
  expect(questionOf(OLD, 'a1')?.id).toBe('q1');
  expect(questionOf(OLD, 'q1')).toBeNull();
  expect(questionOf(OLD, 'unknown')).toBeNull();
});
