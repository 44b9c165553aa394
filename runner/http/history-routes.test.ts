import express from 'express';
import type { Express } from 'express';
import request from 'supertest';
import { beforeEach, expect, it } from 'vitest';
import { historyResponseSchema } from '#contract/chat';
import { errorBodySchema } from '#contract/error-codes';
import { fillPath, PATHS } from '#contract/paths';
import { createLogger } from '../base/logger.ts';
import type { SessionStore } from '../chat/sessions/session-store.ts';
import { begin, EMPTY, exchange, META, openSessions } from '../chat/sessions/testing/open-sessions.ts';
import { errorHandler, notFound } from './error-handler.ts';
import { historyRoutes } from './history-routes.ts';

let app: Express;
let sessions: SessionStore;
let stopped: string[];
const path = fillPath(PATHS.chatHistory, 'a');
const errorOf = ({ body, status }: { body: unknown; status: number }) => ({
  status,
  code: errorBodySchema.parse(body).error.code,
});

beforeEach(() => {
  ({ sessions } = openSessions());
  stopped = [];
  const stopAnswering = async (principal: string, id: string): Promise<void> => {
    stopped.push(`${principal} ${id}`);
  };
  const logger = createLogger({ level: 'silent', file: null });
  const routes = historyRoutes({ sessions, principalOf: () => 'local', stopAnswering });
  app = express().use(express.json()).use(routes).use(notFound).use(errorHandler(logger));
});

it('the history is read by path or by body', async () => {
  sessions.create('local', { ...EMPTY, id: 'a' });
  const { userMessageId, answerId } = exchange(sessions, 'a', ['q', 'x']);
  const { body } = await request(app).get(path);
  expect(historyResponseSchema.parse(body)).toMatchObject({
    session_id: 'a',
    messages: [
      { id: userMessageId, role: 'user', content: 'q', status: 'complete', meta: null },
      { id: answerId, role: 'assistant', content: 'x', status: 'complete', meta: META },
    ],
  });
  expect((await request(app).post(PATHS.chatHistoryByBody).send({ session_id: 'a' })).body).toEqual(body);
  expect(errorOf(await request(app).post(PATHS.chatHistoryByBody).send({}))).toEqual({
    status: 400,
    code: 'INVALID_REQUEST',
  });
});

it('a history made elsewhere is added behind what is there', async () => {
  sessions.create('local', { ...EMPTY, id: 'a' });
  exchange(sessions, 'a', ['q', 'x']);
  const messages = [
    { role: 'user', content: 'q2' },
    { role: 'assistant', content: 'x2' },
  ];
  const { body, status } = await request(app).post(path).send({ messages });
  expect(status).toBe(200);
  expect(historyResponseSchema.parse(body).messages.map(({ content }) => content)).toEqual([
    'q',
    'x',
    'q2',
    'x2',
  ]);
  for (const bad of [
    { messages: [] },
    { messages: messages.slice(0, 1) },
    { messages: [{ role: 'tool', content: '' }] },
    {},
  ]) {
    expect(errorOf(await request(app).post(path).send(bad))).toEqual({
      status: 400,
      code: 'INVALID_REQUEST',
    });
  }
  begin(sessions, 'a');
  expect(errorOf(await request(app).post(path).send({ messages }))).toEqual({
    status: 409,
    code: 'SESSION_BUSY',
  });
});

it('a session is removed, its answer stopped first', async () => {
  sessions.create('local', { ...EMPTY, id: 'a' });
  begin(sessions, 'a');
  expect((await request(app).delete(fillPath(PATHS.chatSessionDelete, 'a'))).body).toEqual({ ok: true });
  expect(stopped).toEqual(['local a']);
  expect(sessions.find('local', 'a')).toBeNull();
});

it("another principal's session is a 404 everywhere", async () => {
  sessions.create('key:k', { ...EMPTY, id: 'a' });
  const answers = [
    await request(app).get(path),
    await request(app).post(PATHS.chatHistoryByBody).send({ session_id: 'a' }),
    await request(app)
      .post(path)
      .send({ messages: [{ role: 'assistant', content: 'x' }] }),
    await request(app).delete(fillPath(PATHS.chatSessionDelete, 'a')),
  ];
  for (const answer of answers) expect(errorOf(answer)).toEqual({ status: 404, code: 'SESSION_NOT_FOUND' });
  expect(stopped).toEqual([]);
});
