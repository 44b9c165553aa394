/** What no HTTP library would send, and what hostile pages and clients try: paths, methods, headers, bodies in odd pieces, odd keys. */
import { expect, test } from 'vitest';
import { createTestApp } from '../testing/create-test-app.ts';
import type { TestApp } from '../testing/create-test-app.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { errorShape } from './testing/openai-shapes.ts';
import { rawAsk, rawClient } from './testing/raw-client.ts';
import { answerJson, rawUpstream } from './testing/raw-upstream.ts';
import type { RawUpstream } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';
import type { TestGateway } from './testing/test-gateway.ts';

const BODY = '{"model":"m"}';
const POST = 'POST /v1/chat/completions HTTP/1.1';
const LENGTH = `content-length: ${BODY.length}`;

async function setUp(): Promise<{ app: TestGateway; upstream: RawUpstream }> {
  const upstream = await rawUpstream((res) => answerJson(200, '{"ok":true}')(res));
  return { upstream, app: await testGateway({ endpoints: [endpointAt(upstream.url)] }) };
}

function bodyOf(answer: string): unknown {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
}

test.each([
  ['/v1//chat/completions', 404],
  ['//v1/chat/completions', 404],
  ['/v1/chat/completions/', 200],
  ['/v1/chat%2fcompletions', 404],
  ['/v1/chat/../chat/completions', 404],
  ['/v1/%2e%2e/api/gateway/keys', 404],
  ['/v1/..;/chat/completions', 404],
  ['/V1/chat/completions', 404],
  ['/v1/chat/completions%00', 404],
  ['/v1/chat/completions?model=other&stream=true', 200],
  ['/v1/%ff/completions', 404],
])(
  'a POST to %s is answered with %i, and only what is a route reaches the upstream',
  async (path, status) => {
    const { app, upstream } = await setUp();
    const answer = await rawAsk(app.url, `POST ${path} HTTP/1.1\r\n${LENGTH}`, BODY);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(upstream.requests.map((request) => request.path.split('?')[0])).toEqual(
      status === 200 ? ['/v1/chat/completions'] : [],
    );
    if (status !== 200 && path.startsWith('/v1/'))
      expect(errorShape.parse(bodyOf(answer)).error.code).toBe('unknown_url');
    expect(app.faults).toEqual([]);
  },
);

test.each([
  ['GET', '/v1/chat/completions', 405],
  ['PUT', '/v1/chat/completions', 405],
  ['DELETE', '/v1/models', 405],
  ['OPTIONS', '/v1/chat/completions', 405],
  ['TRACE', '/v1/chat/completions', 405],
  ['DELETE', '/v1/models/m', 404],
  ['GET', '/v1/models/%E0%A4%A', 400],
  ['GET', '/v1/models/..%2f..%2fapi', 404],
  ['GET', '/v1', 404],
])('%s %s is answered with %i in OpenAI’s words', async (method, path, status) => {
  const { app, upstream } = await setUp();
  const answer = await rawAsk(app.url, `${method} ${path} HTTP/1.1`);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(errorShape.parse(bodyOf(answer)).error.type).toBe('invalid_request_error');
  if (status === 405) expect(answer).toMatch(/\r\nallow: (GET|POST)/i);
  expect(upstream.requests).toEqual([]);
  expect(app.faults).toEqual([]);
});

test('HEAD is answered with the head alone', async () => {
  const { app } = await setUp();
  expect(await rawAsk(app.url, 'HEAD /v1/models HTTP/1.1')).toMatch(/^HTTP\/1.1 200 [^]*\r\n\r\n$/);
  expect(await rawAsk(app.url, 'HEAD /v1/chat/completions HTTP/1.1')).toMatch(/^HTTP\/1.1 405 [^]*\r\n\r\n$/);
});

test('a body in chunks, a byte at a time, after "100 Continue": it arrives whole, with a length', async () => {
  const { app, upstream } = await setUp();
  const { socket, got, ended } = await rawClient(
    app.url,
    `${POST}\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  await waitUntil('the leave to send', () => got().startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
  for (const letter of BODY) {
    socket.write(`1;odd=extension\r\n${letter}\r\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.write('0\r\nx-trailer: 1\r\n\r\n');
  expect(await ended).toMatch(/HTTP\/1.1 200 OK/);
  expect(upstream.requests[0]?.body.toString()).toBe(BODY);
  expect(upstream.requests[0]?.headers).toMatchObject({ 'content-length': String(BODY.length) });
  for (const name of ['transfer-encoding', 'expect', 'x-trailer'])
    expect(upstream.requests[0]?.headers).not.toHaveProperty(name);
});

test('requests that are sent before the answers are there are answered in their order', async () => {
  const { app, upstream } = await setUp();
  let count = 0;
  upstream.script = (res) => {
    count += 1;
    const own = count;
    // The first is the slowest.
    setTimeout(() => answerJson(200, { own })(res), own === 1 ? 60 : 0);
  };
  const one = `${POST}\r\nhost: x\r\n${LENGTH}\r\n\r\n${BODY}`;
  const last = `${POST}\r\nhost: x\r\nconnection: close\r\n${LENGTH}\r\n\r\n${BODY}`;
  const { ended } = await rawClient(app.url, one + one + last);
  expect([...(await ended).matchAll(/\{"own":(\d)\}/g)].map((found) => found[1])).toEqual(['1', '2', '3']);
});

test.each([
  ['two lengths', `${POST}\r\n${LENGTH}\r\ncontent-length: 5`],
  ['a length and chunks', `${POST}\r\n${LENGTH}\r\ntransfer-encoding: chunked`],
  ['a length that is none', `${POST}\r\ncontent-length: -1`],
  ['a header with a line of its own in it', `${POST}\r\n${LENGTH}\r\nx-request-id: a\rb: c`],
  ['a header that goes on in the next line', `${POST}\r\n${LENGTH}\r\nx-a: b\r\n c: d`],
])('%s: the request is not read, the connection is closed', async (name, head) => {
  const { app, upstream } = await setUp();
  const answer = await rawAsk(app.url, head, BODY);
  expect(answer, name).toMatch(/^HTTP\/1.1 400 Bad Request\r\nConnection: close/);
  expect(upstream.requests).toEqual([]);
});

test('headers of more than 16 KB are a 431; the gateway goes on', async () => {
  const { app } = await setUp();
  expect(await rawAsk(app.url, `${POST}\r\nx-a: ${'a'.repeat(20_000)}`)).toMatch(/^HTTP\/1.1 431 /);
  expect((await app.post('/chat/completions', BODY)).status).toBe(200);
});

test.each([
  'a b',
  '"quoted"',
  'é',
  'x'.repeat(129),
  '',
  'a, b',
  '<script>',
  '%0d%0aset-cookie:a',
  '${jndi:x}',
])('the request id %o is not taken over', async (id) => {
  const { app, upstream } = await setUp();
  const answer = await rawAsk(app.url, `${POST}\r\n${LENGTH}\r\nx-request-id: ${id}`, BODY);
  expect(answer).toMatch(/\r\nx-request-id: req_[0-9a-f]{32}\r\n/);
  expect(upstream.requests[0]?.headers['x-request-id']).toMatch(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  );
});

test('two clients with one request id are two requests', async () => {
  const { app } = await setUp();
  const headers = { 'x-request-id': 'same' };
  await Promise.all([
    app.post('/chat/completions', BODY, { headers }),
    app.post('/chat/completions', BODY, { headers }),
  ]);
  await app.record(2);
  expect(new Set(app.records.map(({ id }) => id)).size).toBe(2);
});

test('headers that the client declares to be of its connection do not pass, whatever they are', async () => {
  const { app, upstream } = await setUp();
  await rawAsk(
    app.url,
    `${POST}\r\n${LENGTH}\r\nx-mine: 1\r\nte: trailers\r\nconnection: X-Mine\r\nkeep-alive: 5\r\nproxy-authorization: secret`,
    BODY,
  );
  for (const name of ['x-mine', 'te', 'keep-alive', 'proxy-authorization'])
    expect(upstream.requests[0]?.headers, name).not.toHaveProperty(name);
});

test('a client that sends a letter now and then holds up nobody else, and is forgotten when it leaves', async () => {
  const { app } = await setUp();
  const slow = await Promise.all(
    Array.from({ length: 50 }, () =>
      rawClient(app.url, `${POST}\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{`),
    ),
  );
  await waitUntil('all to be there', () => app.gateway.live().length === 50);
  expect((await app.post('/chat/completions', BODY)).status).toBe(200);
  for (const { socket } of slow) socket.destroy();
  await waitUntil('all to be forgotten', () => app.gateway.live().length === 0);
  expect(app.faults).toEqual([]);
});

test('a body on a connection that is closed for writing is still answered or given up, not kept', async () => {
  const { app } = await setUp();
  const { socket } = await rawClient(app.url, `${POST}\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{`);
  await waitUntil('it to be there', () => app.gateway.live().length === 1);
  socket.end();
  await waitUntil('it to be forgotten', () => app.gateway.live().length === 0);
  expect(await app.record()).toMatchObject({ status: 499 });
});

interface Joined {
  app: TestApp;
  gateway: string;
  secret: string;
  upstream: RawUpstream;
}

/** The gateway on its own listener, with one key. */
async function joined(env: Record<string, string> = {}): Promise<Joined> {
  const upstream = await rawUpstream((res, { path }) =>
    answerJson(200, path === '/v1/models' ? { object: 'list', data: [{ id: 'm' }] } : { ok: true })(res),
  );
  const app = await createTestApp({ env: { LLM_SERVER_URL: upstream.url, GATEWAY_PORT: '0', ...env } });
  const { body } = await app.post('/api/gateway/keys', { name: 'k' });
  await waitUntil('the endpoint to be online', async () =>
    JSON.stringify((await app.get('/api/endpoints')).body).includes('"online"'),
  );
  return { app, upstream, gateway: app.runner.gatewayUrl ?? '', secret: String(body['secret']) };
}

test('keys are taken from Authorization and x-api-key, in these forms and no others', async () => {
  const { gateway, secret, upstream } = await joined();
  const statusOf = async (headers: string, path = '/v1/chat/completions'): Promise<number> =>
    Number(
      (
        await rawAsk(
          gateway,
          `POST ${path} HTTP/1.1\r\n${LENGTH}${headers === '' ? '' : `\r\n${headers}`}`,
          BODY,
        )
      ).slice(9, 12),
    );
  for (const form of [
    'Authorization: Bearer $',
    'authorization: bearer $',
    'Authorization: BEARER   $  ',
    'x-api-key: $',
    'Authorization: Basic x\r\nx-api-key: $',
  ]) {
    expect(await statusOf(form.replace('$', secret)), form).toBe(200);
  }
  for (const form of [
    '',
    'Authorization: $',
    'Authorization: Bearer',
    'Authorization: Bearer ',
    'Authorization: Basic $',
    'Authorization: Bearer "$"',
    'api-key: $',
    'Authorization: Bearer $x',
    'Authorization: Bearer $,$',
    'Authorization: Bearer x\r\nx-api-key: $',
    'Cookie: key=$',
    'Authorization: Bearer __proto__',
  ]) {
    expect(await statusOf(form.replaceAll('$', secret)), form).toBe(401);
  }
  for (const query of ['key', 'api_key', 'api-key', 'access_token', 'token', 'ticket'])
    expect(await statusOf('', `/v1/chat/completions?${query}=${secret}`), query).toBe(401);
  for (const { headers } of upstream.requests) expect(JSON.stringify(headers)).not.toContain(secret);
});

test('without a key nothing of a body is read: the refusal comes while the client still sends', async () => {
  const { gateway } = await joined();
  const { got, ended } = await rawClient(
    gateway,
    `${POST}\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: 20000000\r\n\r\n{"model":`,
  );
  await waitUntil('the refusal', () => got().includes('missing_api_key'));
  expect(await ended).toMatch(/^HTTP\/1.1 401 [^]*www-authenticate: Bearer/i);
});

test('pages of other sites get nothing from the gateway’s listener, neither by Origin nor by a name of theirs', async () => {
  const { gateway, secret, upstream } = await joined();
  const { port } = new URL(gateway);
  const before = upstream.requests.length;
  const key = `authorization: Bearer ${secret}`;
  for (const origin of [
    'https://evil.example',
    'null',
    `http://127.0.0.1.evil.example:${port}`,
    'http://localhost:1',
  ]) {
    const answer = await rawAsk(gateway, `${POST}\r\n${LENGTH}\r\n${key}\r\norigin: ${origin}`, BODY);
    expect(answer, origin).toMatch(/^HTTP\/1.1 403 [^]*forbidden_origin/);
    expect(answer).not.toMatch(/access-control-allow/i);
  }
  const { ended } = await rawClient(
    gateway,
    `GET /v1/models HTTP/1.1\r\nhost: evil.example\r\n${key}\r\nconnection: close\r\n\r\n`,
  );
  expect(await ended).toMatch(/^HTTP\/1.1 403 [^]*forbidden_host/);
  expect(upstream.requests.slice(before).filter(({ body }) => body.length > 0)).toEqual([]);
});

test('pages of an allowed origin may ask, with the SDK in the browser: preflight and answer say so, on both listeners', async () => {
  const origin = 'https://app.example';
  const { app, gateway, secret } = await joined({ RUNNER_ALLOWED_ORIGINS: origin });
  for (const base of [app.url, gateway]) {
    const preflight = await fetch(`${base}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,x-stainless-lang',
      },
    });
    expect(preflight.status, base).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    const headers = { origin, authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    const answer = await fetch(`${base}/v1/chat/completions`, { method: 'POST', headers, body: BODY });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
    expect(answer.headers.get('access-control-expose-headers')).toContain('x-request-id');
  }
});
