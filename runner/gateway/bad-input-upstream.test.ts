/** What a broken upstream may send: the client gets an error in OpenAI's words or a cut, never a hang, never half an answer as a whole one. */
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { waitUntil } from '../testing/wait-until.ts';
import { eventsOf } from './testing/checked-client.ts';
import { errorShape } from './testing/openai-shapes.ts';
import { answerJson, chunkOf, openStream, rawUpstream } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';
import type { TestGateway } from './testing/test-gateway.ts';

const ASK = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const STREAM = { ...ASK, stream: true };
const JSON_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const SSE_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n';

/** A server that speaks whatever it likes: called once per request, when that has come whole. */
async function before(serve: (socket: Socket, count: number) => void): Promise<TestGateway> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', (bytes) => {
      if (!bytes.includes('"model"')) return;
      count += 1;
      serve(socket, count);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return testGateway({
    endpoints: [endpointAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)],
    timeoutMs: 2_000,
  });
}

async function codeOf(answer: Response): Promise<[status: number, code: string]> {
  return [answer.status, errorShape.parse(await answer.json()).error.code];
}

test.each([
  ['closes without a word', ''],
  ['sends half a status line', 'HTTP/1.1 20'],
  ['sends a head and closes', `${JSON_HEAD}content-length: 5\r\n\r\n`],
  ['sends a head without an end', `${JSON_HEAD}x-a: b`],
  ['speaks HTTP/2', '\u0000\u0000\u0012\u0004\u0000\u0000\u0000\u0000\u0000'],
  ['speaks TLS', '\u0016\u0003\u0001\u0002\u0000'],
  ['sends a length that is none', `${JSON_HEAD}content-length: many\r\n\r\n{}`],
  ['sends two lengths', `${JSON_HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`],
  ['sends a chunk without a size', `${JSON_HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n`],
  ['sends headers without an end', `HTTP/1.1 200 OK\r\n${`x-a: ${'a'.repeat(10_000)}\r\n`.repeat(10)}\r\n{}`],
])('an upstream that %s: 502', async (_, bytes) => {
  const app = await before((socket) => void socket.end(Buffer.from(bytes, 'latin1')));
  expect(await codeOf(await app.post('/chat/completions', ASK))).toEqual([502, 'upstream_error']);
  expect(app.faults).toEqual([]);
});

test('a head that never ends in time is a 504', async () => {
  const app = await before((socket) => void socket.write(JSON_HEAD));
  expect(await codeOf(await app.post('/chat/completions', ASK))).toEqual([504, 'upstream_timeout']);
});

test.each([
  ['a length that is not reached', `${JSON_HEAD}content-length: 100\r\n\r\n{"choices":[`],
  ['a chunk that is cut', `${JSON_HEAD}transfer-encoding: chunked\r\n\r\n20\r\n{"choices":[`],
  ['a last chunk that never comes', `${JSON_HEAD}transfer-encoding: chunked\r\n\r\n2\r\n{"\r\n`],
  ['a chunk without a size', `${JSON_HEAD}transfer-encoding: chunked\r\n\r\n2\r\n{"\r\nzz\r\n`],
])('a whole answer with %s is a cut for the client, too', async (_, bytes) => {
  const app = await before((socket) => {
    socket.write(bytes);
    setTimeout(() => socket.end(), 30);
  });
  await expect(app.post('/chat/completions', ASK).then((answer) => answer.text())).rejects.toThrow();
  expect(await app.record()).toMatchObject({ errorCode: 'upstream_error' });
});

test.each([
  ['a chunk without a size', 'zz\r\n'],
  ['a chunk that is longer than its size', '3\r\n: ping\n\n\r\n'],
  ['a chunk of no end', 'ffffffffffffffffff\r\n'],
])('a stream with %s ends with an error event', async (_, bytes) => {
  const event = chunkOf('one');
  const app = await before((socket) => {
    socket.write(
      `${SSE_HEAD}transfer-encoding: chunked\r\n\r\n${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`,
    );
    setTimeout(() => socket.write(bytes), 30);
  });
  const text = await (await app.post('/chat/completions', STREAM)).text();
  expect(text.startsWith(event)).toBe(true);
  expect(errorShape.parse(eventsOf(text).at(-1)).error.code).toBe('upstream_error');
});

test('JSON that is broken, but whole, passes as it is: what a server says is its own', async () => {
  const app = await before((socket) => void socket.end(`${JSON_HEAD}content-length: 10\r\n\r\n{"choices"`));
  const answer = await app.post('/chat/completions', ASK);
  expect([answer.status, await answer.text()]).toEqual([200, '{"choices"']);
});

test('hints before the answer do not pass, and are no answer', async () => {
  const app = await before(
    (socket) =>
      void socket.write(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${JSON_HEAD}content-length: 2\r\n\r\n{}`),
  );
  const answer = await app.post('/chat/completions', ASK);
  expect([answer.status, answer.headers.get('link'), await answer.text()]).toEqual([200, null, '{}']);
});

test('an answer that nobody asked for, sent behind another, reaches no client', async () => {
  const answer = (text: string): string => `${JSON_HEAD}content-length: ${text.length}\r\n\r\n${text}`;
  const app = await before(
    (socket, count) => void socket.write(answer(`{"own":${count}}`) + answer('{"smuggled":1}')),
  );
  for (const count of [1, 2, 3])
    expect(await (await app.post('/chat/completions', ASK)).json()).toEqual({ own: count });
});

test('a stream that comes letter by letter, with letters in parts, arrives whole', async () => {
  const event = Buffer.from(chunkOf('žluťoučký 🐎') + 'data: [DONE]\n\n');
  const upstream = await rawUpstream(async (res) => {
    openStream(res);
    for (const byte of event) {
      res.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    res.end();
  });
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  expect(await (await app.post('/chat/completions', STREAM)).text()).toBe(event.toString());
});

test('one event of 3 MB, and compressed answers, pass as they come', async () => {
  const event = chunkOf('x'.repeat(3 * 1024 ** 2));
  const zipped = gzipSync('{"zipped":true}');
  const upstream = await rawUpstream((res, { body }) => {
    if (body.includes('"stream"')) {
      openStream(res);
      return void res.end(event);
    }
    res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    return void res.end(zipped);
  });
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  expect(await (await app.post('/chat/completions', STREAM)).text()).toBe(event);
  expect(await (await app.post('/chat/completions', ASK)).json()).toEqual({ zipped: true });
});

test('headers in letters beyond ASCII do not spoil an answer', async () => {
  const app = await before(
    (socket) => void socket.write(`${JSON_HEAD}x-model: ž 🐎\r\ncontent-length: 2\r\n\r\n{}`),
  );
  expect((await app.post('/chat/completions', ASK)).status).toBe(200);
});

test('a stream that said its length and breaks does not hang: it ends with the error event', async () => {
  const event = chunkOf('one');
  const app = await before((socket) => {
    socket.write(`${SSE_HEAD}content-length: 5000\r\n\r\n${event}`);
    setTimeout(() => socket.destroy(), 30);
  });
  const answer = await app.post('/chat/completions', STREAM, { signal: AbortSignal.timeout(5_000) });
  expect(errorShape.parse(eventsOf(await answer.text()).at(-1)).error.code).toBe('upstream_error');
});

const REFUSALS = [
  {
    name: 'refuses it in JSON',
    status: 400,
    body: '{"error":{"code":400,"message":"too many tokens","type":"x"}}',
    message: 'too many tokens',
  },
  {
    name: 'fails in JSON',
    status: 500,
    body: '{"error":{"code":500,"message":"CUDA error","type":"server_error"}}',
    message: 'CUDA error',
  },
  {
    name: 'answers with JSON, not with a stream',
    status: 200,
    body: '{"choices":[]}',
    message: 'did not answer with a stream',
  },
];
test.each(REFUSALS)(
  'a stream that was told to wait, and whose server $name: an error event that says so',
  async ({ status, body, message }) => {
    let free = (): void => {};
    const upstream = await rawUpstream((res, { body: asked }) => {
      if (asked.includes('"second"')) return answerJson(status, body)(res);
      openStream(res);
      free = () => void res.end('data: [DONE]\n\n');
    });
    const app = await testGateway({
      endpoints: [endpointAt(upstream.url, { slots: 1 })],
      commentEveryMs: 10,
    });
    const first = app.post('/chat/completions', STREAM);
    await waitUntil('the first to be asked', () => upstream.requests.length === 1);
    const second = await app.post('/chat/completions', { ...STREAM, second: true });
    free();
    await (await first).text();
    const text = await second.text();
    expect(second.status).toBe(200);
    expect(text).toMatch(/^: /);
    const events = eventsOf(text);
    expect(events).toHaveLength(1);
    expect(errorShape.parse(events[0]).error.message).toContain(message);
    expect(await app.record(2)).toMatchObject({
      status: status === 200 ? 502 : expect.any(Number),
      errorCode: expect.any(String),
    });
  },
);

test('500 streams at once: each gets its own words in their order; sockets and requests are let go afterwards', async () => {
  const upstream = await rawUpstream(async (res, { body }) => {
    const { own } = JSON.parse(body.toString()) as { own: number };
    openStream(res);
    for (let word = 0; word < 20; word += 1) {
      res.write(chunkOf(`${own}.${word} `));
      await new Promise((resolve) => setImmediate(resolve));
    }
    res.end('data: [DONE]\n\n');
  });
  const app = await testGateway({ endpoints: [endpointAt(upstream.url, { slots: null })] });
  const ask = async (own: number): Promise<string> =>
    (await app.post('/chat/completions', { ...STREAM, own })).text();
  await ask(-1);
  const socketsBefore = openFiles();
  const texts = await Promise.all(Array.from({ length: 500 }, (_, own) => ask(own)));
  for (const [own, text] of texts.entries())
    expect(text).toBe(
      Array.from({ length: 20 }, (_, word) => chunkOf(`${own}.${word} `)).join('') + 'data: [DONE]\n\n',
    );
  await app.record(501);
  expect(app.records.every(({ status }) => status === 200)).toBe(true);
  expect(app.gateway.live()).toEqual([]);
  // Kept connections are closed after the seconds that both sides keep them.
  await waitUntil('the sockets to be closed', () => openFiles() <= socketsBefore + 20, 25_000);
});

/** Of this process; 0 where the system does not tell. */
function openFiles(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}
