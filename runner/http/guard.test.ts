import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import supertest from 'supertest';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readConfig } from '../config.ts';
import { createTestApp } from '../testing/create-test-app.ts';
import { readStream } from '../testing/read-stream.ts';
import { Tickets } from './guard.ts';

const HEALTH = '/api/runner/health';
const LAUNCH = '/api/runner/launch';
const TOKEN = 'a-token-of-sixteen-or-more';
const bearer = { authorization: `Bearer ${TOKEN}` };

describe('Host', () => {
  it.each([
    'localhost',
    'localhost:3002',
    '127.0.0.1',
    '127.0.0.1:80',
    '[::1]',
    '[::1]:3002',
    'LOCALHOST:3002',
    'box.lan',
    'Box.LAN:3002',
  ])('%s is answered', async (host) => {
    const app = await createTestApp({ env: { RUNNER_ALLOWED_HOSTS: 'box.lan' } });
    expect((await supertest(app.url).get(HEALTH).set('Host', host)).status).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:3002',
    'localhost.evil.example',
    'evil.example#localhost',
    'localhost@evil.example',
    '127.0.0.1.nip.io',
    'xlocalhost',
    '::1',
    '169.254.169.254',
    '',
  ])('"%s" is refused on every route, the page included, with the cure', async (host) => {
    const app = await createTestApp();
    for (const path of [HEALTH, '/', '/metrics', '/no/such/route']) {
      const { status, body } = await supertest(app.url).get(path).set('Host', host);
      expect({ status, code: body.error.code }).toEqual({ status: 403, code: 'FORBIDDEN_HOST' });
      expect(body.error.message).toContain('RUNNER_ALLOWED_HOSTS');
    }
  });
});

it('what a client of /v1 is refused for, it is told in the shape of OpenAI', async () => {
  const app = await createTestApp();
  const refused = async (headers: Record<string, string>) => {
    const { status, body } = await supertest(app.url).get('/v1/models').set(headers);
    return { status, body: body as unknown };
  };
  const envelope = (code: string) => ({
    error: { message: expect.any(String), type: 'permission_error', param: null, code },
  });
  expect(await refused({ host: 'evil.example' })).toEqual({ status: 403, body: envelope('forbidden_host') });
  expect(await refused({ origin: 'https://evil.example' })).toEqual({
    status: 403,
    body: envelope('forbidden_origin'),
  });
});

describe('Origin', () => {
  it('of a foreign page is refused on every method, before anything is done', async () => {
    const app = await createTestApp();
    const { host } = new URL(app.url);
    for (const origin of [
      'https://evil.example',
      'null',
      'http://localhost:8000',
      `https://${host}.evil.example`,
      `http://evil.example/${host}`,
    ]) {
      for (const [method, path] of [
        ['get', HEALTH],
        ['post', LAUNCH],
        ['delete', '/api/runner/processes/x'],
        ['get', '/api/runner/stream'],
      ] as const) {
        const response = await supertest(app.url)[method](path).set('Origin', origin);
        expect({ status: response.status, code: response.body.error.code }).toEqual({
          status: 403,
          code: 'FORBIDDEN_ORIGIN',
        });
        expect(response.headers['access-control-allow-origin']).toBeUndefined();
      }
    }
    const launched = await supertest(app.url)
      .post(LAUNCH)
      .set('Origin', 'https://evil.example')
      .send({ id: 'x', cmd: 'sleep', args: ['1000'] });
    expect(launched.status).toBe(403);
    expect((await app.get('/api/runner/processes')).body).toMatchObject({ processes: [] });
  });

  it('preflight of a foreign page is refused, of an allowed one granted by name', async () => {
    const app = await createTestApp({
      env: { RUNNER_ALLOWED_ORIGINS: 'http://localhost:5173/, https://ui.example' },
    });
    const preflight = async (origin: string) =>
      supertest(app.url).options(LAUNCH).set({
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      });
    const refused = await preflight('https://evil.example');
    expect(refused.status).toBe(403);
    expect(refused.headers).not.toHaveProperty('access-control-allow-origin');
    expect(refused.headers).not.toHaveProperty('access-control-allow-methods');
    for (const origin of ['http://localhost:5173', 'https://ui.example']) {
      const granted = await preflight(origin);
      expect(granted.status).toBe(204);
      expect(granted.headers).toMatchObject({
        'access-control-allow-origin': origin,
        vary: expect.stringContaining('Origin'),
      });
      const read = await supertest(app.url).get(HEALTH).set('Origin', origin);
      expect(read.headers['access-control-allow-origin']).toBe(origin);
    }
  });

  it("of the runner's own page, and none at all, are fine, and no answer ever says *", async () => {
    const app = await createTestApp();
    for (const headers of [{}, { origin: app.url }]) {
      const response = await supertest(app.url).get(HEALTH).set(headers);
      expect(response.status).toBe(200);
      expect(response.headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

describe('body', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json-patch+json',
    '',
  ])('of type "%s" is refused: JSON only', async (type) => {
    const app = await createTestApp();
    const answer = await raw(app.url, {
      path: LAUNCH,
      headers: { 'content-type': type },
      body: '{"id":"x","cmd":"sleep"}',
    });
    expect(answer).toMatchObject({
      status: 415,
      body: {
        error: { code: 'UNSUPPORTED_MEDIA_TYPE', message: expect.stringContaining('application/json') },
      },
    });
  });

  it('may be missing on a POST', async () => {
    const app = await createTestApp({ env: { RUNNER_TOKEN: TOKEN } });
    expect(await raw(app.url, { path: '/api/runner/ticket', headers: bearer })).toMatchObject({
      status: 200,
      body: { ok: true },
    });
    expect(
      await raw(app.url, { path: '/api/runner/ticket', headers: { ...bearer, 'content-length': '0' } }),
    ).toMatchObject({
      status: 200,
    });
  });

  it('over the limit is 413, also where the length is not told beforehand', async () => {
    const app = await createTestApp();
    const body = JSON.stringify({ id: 'x', cmd: 'echo', args: ['x'.repeat(1_100_000)] });
    const json = { 'content-type': 'application/json' };
    const tooLarge = {
      status: 413,
      body: { error: { code: 'BODY_TOO_LARGE', message: expect.stringContaining('1 MB') } },
    };
    expect(await raw(app.url, { path: LAUNCH, headers: json, body })).toMatchObject(tooLarge);
    expect(
      await raw(app.url, { path: LAUNCH, headers: { ...json, 'transfer-encoding': 'chunked' }, body }),
    ).toMatchObject(tooLarge);
  });

  it.each(['{"id": "x",', 'not json', '{"a":1}{"b":2}', "{'id': 1}"])('%s is 400 BAD_JSON', async (body) => {
    const app = await createTestApp();
    const answer = await raw(app.url, {
      path: LAUNCH,
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer).toMatchObject({
      status: 400,
      body: { ok: false, error: { code: 'BAD_JSON', message: expect.stringContaining('not JSON') } },
    });
  });

  it.each(['5', '"text"', 'null', '[]', 'true'])(
    '%s is JSON but no launch: 400 INVALID_REQUEST',
    async (body) => {
      const app = await createTestApp();
      const answer = await raw(app.url, {
        path: LAUNCH,
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(answer).toMatchObject({ status: 400, body: { error: { code: 'INVALID_REQUEST' } } });
    },
  );
});

describe('token', () => {
  it('missing or wrong is 401 on every route but the page', async () => {
    const app = await createTestApp({ env: { RUNNER_TOKEN: TOKEN } });
    for (const headers of [
      {},
      { authorization: `Bearer ${TOKEN}x` },
      { authorization: TOKEN },
      { authorization: `Basic ${TOKEN}` },
      { authorization: 'Bearer ' },
    ]) {
      for (const path of [
        HEALTH,
        '/api/runner/processes',
        '/api/runner/stream',
        '/metrics',
        '/openapi.json',
        `${HEALTH}?token=${TOKEN}`,
      ]) {
        const response = await supertest(app.url).get(path).set(headers);
        expect({ status: response.status, code: response.body.error.code }).toEqual({
          status: 401,
          code: 'UNAUTHORIZED',
        });
        expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
      }
    }
    expect((await supertest(app.url).post(LAUNCH).send({ id: 'x', cmd: 'sleep' })).status).toBe(401);
    expect((await supertest(app.url).get(HEALTH).set(bearer)).status).toBe(200);
    const page = await supertest(app.url).get('/');
    expect({ status: page.status, type: page.type }).toEqual({ status: 200, type: 'text/html' });
  });

  it('ticket opens one stream, once, and no POST', async () => {
    const app = await createTestApp({ env: { RUNNER_TOKEN: TOKEN } });
    const issue = async (): Promise<string> =>
      (await supertest(app.url).post('/api/runner/ticket').set(bearer)).body.ticket;
    const ticket = await issue();
    const stream = await readStream(`${app.url}/api/runner/stream?ticket=${ticket}`);
    onTestFinished(() => stream.close());
    expect((await stream.until(({ event }) => event === 'processes')).length).toBe(1);
    expect((await readStream(`${app.url}/api/runner/stream?ticket=${ticket}`)).status).toBe(401);
    const other = await issue();
    expect(
      (await supertest(app.url).post(`${LAUNCH}?ticket=${other}`).send({ id: 'x', cmd: 'sleep' })).status,
    ).toBe(401);
    expect((await supertest(app.url).get(`${HEALTH}?ticket=guessed`)).status).toBe(401);
  });

  it('ticket expires', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const tickets = new Tickets();
    const [early, late] = [tickets.issue(), tickets.issue()];
    vi.advanceTimersByTime(Tickets.lifetimeMs);
    expect(tickets.redeem(early)).toBe(true);
    vi.advanceTimersByTime(1);
    expect(tickets.redeem(late)).toBe(false);
  });

  it('is asked for beyond loopback: without one the configuration is refused', () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'box.lan']) {
      expect(() => readConfig({ RUNNER_HOST: host }, [])).toThrow(/RUNNER_TOKEN/);
      expect(readConfig({ RUNNER_HOST: host, RUNNER_TOKEN: TOKEN }, []).host).toBe(host);
    }
  });
});

describe('routes', () => {
  it('that nobody knows are 404 as JSON, those that take another method 405 with Allow', async () => {
    const app = await createTestApp();
    const unknown = await app.get('/api/runner/nothing');
    expect(unknown).toMatchObject({
      status: 404,
      body: { ok: false, error: { code: 'NOT_FOUND', message: expect.stringContaining('/docs') } },
    });
    for (const [method, path, allow] of [
      ['get', LAUNCH, 'POST'],
      ['post', '/api/runner/processes/x', 'GET, DELETE'],
      ['put', HEALTH, 'GET'],
    ] as const) {
      const response = await supertest(app.url)[method](path);
      expect({
        status: response.status,
        code: response.body.error.code,
        allow: response.headers['allow'],
      }).toEqual({
        status: 405,
        code: 'METHOD_NOT_ALLOWED',
        allow,
      });
    }
  });

  it('carry the headers that keep a page from being framed, sniffed or given foreign scripts', async () => {
    const app = await createTestApp();
    const { headers } = await supertest(app.url).get('/');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    });
    expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe|\*/);
    expect(headers).not.toHaveProperty('x-powered-by');
  });
});

/** Sends exactly these headers: fetch and supertest add a content type of their own. */
async function raw(
  url: string,
  options: { path: string; headers: Record<string, string>; body?: string },
): Promise<{ status: number; body: unknown }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest(url + options.path, { method: 'POST', headers: options.headers }, resolve);
    // A body that is refused half-way: the answer is there, the rest of the body finds a closed door.
    request.on('error', reject);
    request.end(options.body);
  });
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, body: JSON.parse(text) };
}

describe('API keys', () => {
  const keys = { API_KEYS: 'first-key,second-key' };
  const as = (key: string) => ({ authorization: `Bearer ${key}` });

  it('open the chat REST and nothing else, where a token is set', async () => {
    const app = await createTestApp({ env: { ...keys, RUNNER_TOKEN: TOKEN } });
    const statusOf = async (path: string, headers: Record<string, string>) =>
      (await supertest(app.url).get(path).set(headers)).status;
    // 404 and 503: it was let in.
    expect(await statusOf('/api/llm/chat/session/s/history', as('first-key'))).toBe(404);
    expect(await statusOf('/api/llm/health', as('second-key'))).toBe(503);
    for (const path of [
      HEALTH,
      '/api/runner/processes',
      '/api/sessions',
      '/api/endpoints',
      '/api/presets',
      '/metrics',
      '/api/llmx',
    ]) {
      expect(await statusOf(path, as('first-key')), path).toBe(401);
    }
    expect(await statusOf('/api/llm/health', as('wrong-key'))).toBe(401);
    expect(await statusOf('/api/llm/health', {})).toBe(401);
    expect(await statusOf('/api/llm/health', bearer)).toBe(503);
  });

  it('that are wrong are refused on loopback, too; no key at all is the local user', async () => {
    const app = await createTestApp({ env: keys });
    const refused = await supertest(app.url).get('/api/llm/health').set(as('wrong-key'));
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toContain('Bearer');
    expect((await app.get('/api/llm/health')).status).toBe(503);
  });

  it("do not matter where none is set: the seeds' placeholder is the local user", async () => {
    const app = await createTestApp();
    expect((await supertest(app.url).get('/api/llm/health').set(as('YOUR_TOKEN'))).status).toBe(503);
  });
});
