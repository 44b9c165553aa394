import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { waitUntil } from '../testing/wait-until.ts';
import { chunkOf, msUntilGone, openStream, rawUpstream } from './testing/raw-upstream.ts';
import type { RawScript } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';

const ASK = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const TEXT = 'x'.repeat(16 * 1024);

test('a client that leaves before the headers: the upstream is left at once', async () => {
  const upstream = await rawUpstream(() => {});
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const leave = new AbortController();
  const answer = app.post('/chat/completions', ASK, { signal: leave.signal }).catch(() => 'left');
  await waitUntil('the upstream to be asked', () => upstream.requests.length === 1);
  expect(app.gateway.live()).toMatchObject([{ state: 'asked', endpointId: 'a' }]);
  leave.abort();
  expect(await msUntilGone(upstream)).toBeLessThan(1_000);
  expect(await answer).toBe('left');
  expect(await app.record()).toMatchObject({ status: 499, errorCode: 'client_closed' });
});

test('a client that leaves in the middle of a stream: the upstream is left at once, and nothing counts against it', async () => {
  const upstream = await rawUpstream((res) => {
    openStream(res);
    res.write(chunkOf('one'));
  });
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  for (const count of [1, 2, 3, 4]) {
    const leave = new AbortController();
    const answer = await app.post('/chat/completions', { ...ASK, stream: true }, { signal: leave.signal });
    await answer.body?.getReader().read();
    leave.abort();
    expect(await msUntilGone(upstream)).toBeLessThan(1_000);
    expect(await app.record(count)).toMatchObject({ status: 499 });
  }
  expect(app.failures).toEqual([]);
  await expect.poll(() => app.gateway.live()).toEqual([]);
});

test('a client that leaves while it still sends is forgotten', async () => {
  const app = await testGateway({ endpoints: [endpointAt('http://127.0.0.1:9')] });
  const socket = await rawClient(app.url, 1_000);
  socket.write('{"mod');
  await waitUntil('the request to be there', () => app.gateway.live().length === 1);
  socket.destroy();
  expect(await app.record()).toMatchObject({ status: 499, endpointId: null });
  expect(app.faults).toEqual([]);
});

test('a request that is cancelled while it is still being sent is answered at once', async () => {
  const app = await testGateway({ endpoints: [endpointAt('http://127.0.0.1:9')] });
  const socket = await rawClient(app.url, 1_000);
  socket.write('{"mod');
  await waitUntil('the request to be there', () => app.gateway.live().length === 1);
  app.gateway.cancel(app.gateway.live()[0]?.id ?? '');
  const head = await new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
  expect(head).toMatch(/^HTTP\/1.1 503 /);
});

test('a client that stops reading stops the upstream, and gets everything when it reads on', async () => {
  const flood = floodOf(4_000);
  const upstream = await rawUpstream(flood.script);
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const body = JSON.stringify({ ...ASK, stream: true });
  const socket = await rawClient(app.url, body.length);
  socket.pause();
  socket.write(body);
  await waitUntil('the upstream to be held', () => flood.isHeld());
  const sent = flood.sent();
  // 64 MB in all; sockets of this machine hold a few.
  expect(sent).toBeLessThan(2_000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(flood.sent()).toBe(sent);
  let size = 0;
  socket.on('data', (bytes) => {
    size += bytes.length;
  });
  socket.resume();
  await new Promise((resolve) => socket.once('end', resolve));
  expect(flood.sent()).toBe(4_000);
  expect(size).toBeGreaterThan(4_000 * chunkOf(TEXT).length);
});

test('a client that takes nothing for too long is given up, and the upstream with it', async () => {
  const flood = floodOf(4_000);
  const upstream = await rawUpstream(flood.script);
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)], stallMs: 200 });
  const body = JSON.stringify({ ...ASK, stream: true });
  const socket = await rawClient(app.url, body.length);
  socket.pause();
  socket.write(body);
  await waitUntil('the upstream to be asked', () => upstream.requests.length === 1);
  await msUntilGone(upstream);
  expect(await app.record()).toMatchObject({ status: 499 });
});

test('a client that does not take the end of its answer does not hold up a stop', async () => {
  const flood = floodOf(4_000);
  const upstream = await rawUpstream(flood.script);
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const body = JSON.stringify({ ...ASK, stream: true });
  const socket = await rawClient(app.url, body.length);
  socket.pause();
  socket.write(body);
  await waitUntil('the upstream to be held', () => flood.isHeld());
  const startedAt = performance.now();
  await app.gateway.stop();
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

/** As much as is taken, with the number of events so far. */
function floodOf(count: number): { script: RawScript; sent: () => number; isHeld: () => boolean } {
  let sent = 0;
  let heldSince: number | null = null;
  const script: RawScript = async (res, { gone }) => {
    openStream(res);
    res.setMaxListeners(0);
    for (; sent < count && !gone.aborted; sent += 1) {
      if (res.write(chunkOf(TEXT))) continue;
      heldSince = performance.now();
      await new Promise<void>((resolve) => {
        res.once('drain', resolve);
        res.once('close', resolve);
      });
      heldSince = null;
    }
    res.end();
  };
  return {
    script,
    sent: () => sent,
    isHeld: () => heldSince !== null && performance.now() - heldSince > 300,
  };
}

async function rawClient(url: string, length: number): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`,
  );
  return socket;
}
