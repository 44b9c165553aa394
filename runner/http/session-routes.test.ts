import express from 'express';
import type { Express } from 'express';
import request from 'supertest';
import { beforeEach, describe, expect, it } from 'vitest';
import { errorBodySchema } from '#contract/error-codes';
import { fillPath, PATHS } from '#contract/paths';
import { promptSchema } from '#contract/preset';
import { okResponseSchema } from '#contract/process';
import {
  sessionDetailResponseSchema,
  sessionExportSchema,
  sessionListResponseSchema,
  sessionResponseSchema,
} from '#contract/session';
import type { Session } from '#contract/session';
import { AppError } from '../base/errors.ts';
import { createLogger } from '../base/logger.ts';
import type { SessionStore } from '../chat/sessions/session-store.ts';
import { begin, EMPTY, exchange, openSessions } from '../chat/sessions/testing/open-sessions.ts';
import { errorHandler, notFound } from './error-handler.ts';
import { sessionRoutes } from './session-routes.ts';

let app: Express;
let sessions: SessionStore;
let stopped: string[];
let defaultPreset: string | null;
const brief = promptSchema.parse({ system: 'Be brief.' });
const own = promptSchema.parse({ system: 'My own.' });
const errorOf = ({ body, status }: { body: unknown; status: number }) => ({
  status,
  code: errorBodySchema.parse(body).error.code,
});

beforeEach(() => {
  ({ sessions } = openSessions());
  stopped = [];
  defaultPreset = null;
  const routes = sessionRoutes({
    sessions,
    principalOf: (res) => res.req.get('x-principal') ?? 'local',
    promptOfPreset: (id) => {
      if (id === 'brief') return brief;
      throw new AppError('PRESET_NOT_FOUND', 'no preset');
    },
    defaultPresetOf: (endpointId) => (endpointId === 'e1' ? defaultPreset : null),
    stopAnswering: async (principal, id) => {
      // Gone first, so that no other turn can begin.
      expect(sessions.find(principal, id)).toBeNull();
      stopped.push(`${principal} ${id}`);
    },
    checkEndpoint: (id) => {
      if (id !== 'e1') throw new AppError('ENDPOINT_NOT_FOUND', 'no endpoint');
    },
  });
  const logger = createLogger({ level: 'silent', file: null });
  app = express()
    .set('query parser', 'simple')
    .use(express.json())
    .use(routes)
    .use(notFound)
    .use(errorHandler(logger));
});

async function make(input: object | undefined): Promise<Session> {
  const { body, status } = await request(app).post(PATHS.sessions).send(input);
  expect(status).toBe(201);
  return sessionResponseSchema.parse(body).session;
}
const patch = async (id: string, change: object) =>
  request(app).patch(fillPath(PATHS.session, id)).send(change);

it('a session is made, listed, read, changed and removed', async () => {
  const made = await make({ id: 'my-session:1', title: 'T', endpointId: 'e1', model: 'm' });
  expect(made).toMatchObject({
    id: 'my-session:1',
    title: 'T',
    endpointId: 'e1',
    model: 'm',
    presetId: null,
    prompt: EMPTY.prompt,
  });
  expect(errorOf(await request(app).post(PATHS.sessions).send({ id: made.id }))).toEqual({
    status: 409,
    code: 'SESSION_EXISTS',
  });
  const { body: list } = await request(app).get(PATHS.sessions);
  expect(sessionListResponseSchema.parse(list).sessions).toEqual([made]);

  const changed = sessionResponseSchema.parse(
    (await patch(made.id, { title: 'U', endpointId: null })).body,
  ).session;
  expect(changed).toMatchObject({ title: 'U', endpointId: null, model: 'm' });
  exchange(sessions, made.id, ['q', 'a']);
  const path = fillPath(PATHS.session, made.id);
  const { session, messages } = sessionDetailResponseSchema.parse((await request(app).get(path)).body);
  expect(session).toMatchObject({ title: 'U', messageCount: 2 });
  expect(messages.map(({ content }) => content)).toEqual(['q', 'a']);

  begin(sessions, made.id);
  expect(okResponseSchema.parse((await request(app).delete(path)).body)).toEqual({ ok: true });
  expect(stopped).toEqual([`local ${made.id}`]);
  expect(errorOf(await request(app).get(path))).toEqual({ status: 404, code: 'SESSION_NOT_FOUND' });
});

it('without a body a session is made, too', async () => {
  expect(await make(undefined)).toMatchObject({
    title: '',
    endpointId: null,
    model: null,
    presetId: null,
    prompt: EMPTY.prompt,
  });
});

it("another principal's session is a 404 everywhere, and is not stopped", async () => {
  sessions.create('key:k', { ...EMPTY, id: 'a' });
  const path = fillPath(PATHS.session, 'a');
  const answers = [
    await request(app).get(path),
    await request(app).patch(path).send({ title: 't' }),
    await request(app).delete(path),
    await request(app).post(fillPath(PATHS.sessionFork, 'a')),
    await request(app).get(fillPath(PATHS.sessionExport, 'a')),
  ];
  for (const answer of answers) expect(errorOf(answer)).toEqual({ status: 404, code: 'SESSION_NOT_FOUND' });
  expect(stopped).toEqual([]);
  expect((await request(app).get(path).set('x-principal', 'key:k')).status).toBe(200);
});

describe('the prompt', () => {
  it.each([
    ['a preset: is its copy', { presetId: 'brief' }, { presetId: 'brief', prompt: brief }],
    [
      'a prompt: is that one, of no preset',
      { endpointId: 'e1', prompt: own },
      { presetId: null, prompt: own },
    ],
    [
      'both: the prompt wins, the preset is its origin',
      { presetId: 'brief', prompt: own },
      { presetId: 'brief', prompt: own },
    ],
    ['no preset: is empty', { endpointId: 'e1', presetId: null }, { presetId: null, prompt: EMPTY.prompt }],
    ["nothing: is that of the endpoint's preset", { endpointId: 'e1' }, { presetId: 'brief', prompt: brief }],
    ['nothing, no endpoint: is empty', {}, { presetId: null, prompt: EMPTY.prompt }],
  ])('of a new session with %s', async (_name, input, expected) => {
    defaultPreset = 'brief';
    expect(await make(input)).toMatchObject(expected);
  });

  it("of a new session is empty when the endpoint's preset is gone", async () => {
    defaultPreset = 'gone';
    expect(await make({ endpointId: 'e1' })).toMatchObject({ presetId: null, prompt: EMPTY.prompt });
  });

  it.each([
    ['a preset: is its copy', { presetId: 'brief' }, { presetId: 'brief', prompt: brief }],
    ['a prompt: changes, its origin stays', { prompt: brief }, { presetId: 'gone', prompt: brief }],
    [
      'a prompt and the origin that it has, gone or not',
      { presetId: 'gone', prompt: brief },
      { presetId: 'gone', prompt: brief },
    ],
    ['no preset: stays', { presetId: null }, { presetId: null, prompt: own }],
    ['no preset and a prompt', { presetId: null, prompt: brief }, { presetId: null, prompt: brief }],
    ['something else: stays', { title: 't' }, { presetId: 'gone', prompt: own }],
  ])('of a session changed by %s', async (_name, change, expected) => {
    sessions.create('local', { ...EMPTY, id: 'a', presetId: 'gone', prompt: own });
    expect(sessionResponseSchema.parse((await patch('a', change)).body).session).toMatchObject(expected);
  });
});

it.each([
  [{ presetId: 'nope' }, 404, 'PRESET_NOT_FOUND'],
  [{ presetId: 'nope', prompt: own }, 404, 'PRESET_NOT_FOUND'],
  [{ endpointId: 'nope' }, 404, 'ENDPOINT_NOT_FOUND'],
  [{ title: ' ' }, 400, 'INVALID_REQUEST'],
  [{ titel: 'x' }, 400, 'INVALID_REQUEST'],
  [{ prompt: { template: 'no place' } }, 400, 'INVALID_REQUEST'],
])(
  '%j is refused with %i %s, in a new session and in a change, and nothing changes',
  async (input, status, code) => {
    expect(errorOf(await request(app).post(PATHS.sessions).send(input))).toEqual({ status, code });
    const made = sessions.create('local', { ...EMPTY, id: 'a' });
    expect(errorOf(await patch('a', input))).toEqual({ status, code });
    expect(sessions.list('local')).toEqual([made]);
  },
);

it('the list is searched and paged', async () => {
  for (const title of ['Šuma', 'More', 'šuma 2']) await make({ title });
  const list = async (query: object) => {
    const { body } = await request(app).get(PATHS.sessions).query(query);
    return sessionListResponseSchema.parse(body).sessions;
  };
  const [newest] = await list({ search: 'šuma', limit: 1 });
  expect(newest?.title).toBe('šuma 2');
  const next = await list({ search: 'ŠUMA', before: newest?.updatedAt });
  expect(next.map(({ title }) => title)).toEqual(['Šuma']);
  for (const query of [
    { limit: 0 },
    { limit: 201 },
    { limit: 'x' },
    { before: 'yesterday' },
    { search: ['a', 'b'] },
  ]) {
    expect(errorOf(await request(app).get(PATHS.sessions).query(query))).toEqual({
      status: 400,
      code: 'INVALID_REQUEST',
    });
  }
});

it('a fork is a session of its own', async () => {
  await make({ id: 'a', title: 'T' });
  const { answerId } = exchange(sessions, 'a', ['q1', 'a1']);
  exchange(sessions, 'a', ['q2', 'a2']);
  const path = fillPath(PATHS.sessionFork, 'a');
  const { body, status } = await request(app).post(path).send({ messageId: answerId });
  expect(status).toBe(201);
  expect(sessionResponseSchema.parse(body).session).toMatchObject({ title: 'T (fork)', messageCount: 2 });
  expect(sessionResponseSchema.parse((await request(app).post(path)).body).session.messageCount).toBe(4);
  expect(errorOf(await request(app).post(path).send({ messageId: 'nope' }))).toEqual({
    status: 404,
    code: 'MESSAGE_NOT_FOUND',
  });
});

describe('an export', () => {
  const get = async (query: object) => request(app).get(fillPath(PATHS.sessionExport, 'a')).query(query);

  it('is Markdown to read, or JSON with everything', async () => {
    await make({ id: 'a', title: 'T' });
    exchange(sessions, 'a', ['Pitanje?', 'Š']);
    const markdown = await get({});
    expect(markdown.headers).toMatchObject({
      'content-type': 'text/markdown; charset=utf-8',
      'content-disposition': `attachment; filename="T.md"; filename*=UTF-8''T.md`,
    });
    expect(markdown.text).toContain('## Assistant\n\nŠ\n');
    const json = await get({ format: 'json' });
    expect(json.headers['content-disposition']).toMatch(/filename="T\.json"/);
    expect(sessionExportSchema.parse(json.body)).toEqual(sessions.exportJson('local', 'a'));
    expect(errorOf(await get({ format: 'pdf' }))).toEqual({ status: 400, code: 'INVALID_REQUEST' });
  });

  it.each([
    ['Što je "to"?', 'Sto je to.md', '%C5%A0to%20je%20to.md'],
    ['../../etc/passwd', 'etc passwd.md', 'etc%20passwd.md'],
    ['a\r\nset-cookie: x', 'a set-cookie x.md', 'a%20set-cookie%20x.md'],
    ['привет', 'session.md', '%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82.md'],
    ["it's (1)", 'its (1).md', 'it%27s%20%281%29.md'],
    ['???', 'session.md', 'session.md'],
    ['\uD800', 'session.md', '%EF%BF%BD.md'],
    ['😀'.repeat(101), 'session.md', `${'%F0%9F%98%80'.repeat(100)}.md`],
  ])('of %j has a safe name', async (title, ascii, encoded) => {
    sessions.create('local', { ...EMPTY, id: 'a', title });
    expect((await get({})).headers['content-disposition']).toBe(
      `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`,
    );
  });
});
