/** A session store on a real file for one test, with a clock that moves at each look and ids that count. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { promptSchema } from '#contract/preset';
import type { AnswerMeta } from '#contract/session';
import { openStore } from '../../../store/open-store.ts';
import type { Store } from '../../../store/open-store.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import type { AnswerEnd } from '../message-table.ts';
import { SessionStore } from '../session-store.ts';
import type { NewSession } from '../session-store.ts';
import type { TurnIds, TurnStart } from '../turns.ts';

export interface OpenedSessions {
  sessions: SessionStore;
  store: Store;
  file: string;
}

/** `file`: of an earlier one, as after a kill -9 of the runner that had it open. */
export function openSessions(options: { file?: string; now?: () => Date } = {}): OpenedSessions {
  const file = options.file ?? join(tempDir(), 'store.db');
  const { store } = openStore(file);
  onTestFinished(() => {
    if (store.isOpen) store.close();
  });
  let ids = 0;
  let time = Date.parse('2026-11-05T12:00:00.000Z');
  const run = Math.random().toString(36).slice(2, 8);
  const now = options.now ?? (() => new Date((time += 1000)));
  return { sessions: new SessionStore({ store, now, newId: () => `${run}-${(ids += 1)}` }), store, file };
}

export const EMPTY: NewSession = {
  endpointId: null,
  model: null,
  presetId: null,
  prompt: promptSchema.parse({}),
};

export const META: AnswerMeta = {
  model: 'qwen',
  endpointId: 'e1',
  endpointName: 'My server',
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
  streamId: 's1',
};

/** The rest of an end of which only some parts matter. */
export function ended(end: Partial<AnswerEnd> = {}): AnswerEnd {
  return {
    status: 'complete',
    content: 'answer',
    reasoning: null,
    toolCalls: null,
    error: null,
    meta: META,
    ...end,
  };
}

export function begin(
  sessions: SessionStore,
  id: string,
  turn: { text?: string } & Partial<TurnStart> = {},
): TurnIds {
  const { text = 'question', ...rest } = turn;
  return sessions.beginTurn('local', id, {
    user: { content: text, sent: null, images: [] },
    meta: META,
    ...rest,
  });
}

/** A whole turn. */
export function exchange(
  sessions: SessionStore,
  id: string,
  [text, answer]: readonly [string, string],
): TurnIds {
  const ids = begin(sessions, id, { text });
  sessions.endTurn(ids.answerId, ended({ content: answer }));
  return ids;
}

/** "user: question" … of the visible messages. */
export function linesOf(sessions: SessionStore, id: string): string[] {
  return sessions
    .messages('local', id)
    .map(({ role, content, status }) => `${role}: ${content}${status === 'complete' ? '' : ` [${status}]`}`);
}

export function historyLines(sessions: SessionStore, id: string): string[] {
  return sessions.history('local', id).map(({ role, text }) => `${role}: ${text}`);
}
