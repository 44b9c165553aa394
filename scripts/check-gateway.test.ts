import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTestApp } from '../runner/testing/create-test-app.ts';
import {
  chunkOf,
  FINISH,
  openEvents,
  sayWords,
  scriptedUpstream,
} from '../runner/testing/scripted-upstream.ts';
import type { ChatScript, ScriptedUpstream } from '../runner/testing/scripted-upstream.ts';
import { unusedPort } from '../runner/testing/unused-port.ts';
import { waitUntil } from '../runner/testing/wait-until.ts';

const KEY = 'sk-local-abc';
const PIECES = 20;
const PIECE_MS = 30;

interface Ran {
  code: number;
  output: string;
}

/** As on machine C: a program that knows its environment only. */
async function runScript(
  name: string,
  { env = {}, args = [], input = '' }: { env?: Record<string, string>; args?: string[]; input?: string },
): Promise<Ran> {
  const foreign = Object.entries(process.env).filter(([name]) => !/^(TEST|LLM)_/.test(name));
  return new Promise((resolve) => {
    const options = { env: { ...Object.fromEntries(foreign), ...env } };
    const child = execFile(
      process.execPath,
      [join(import.meta.dirname, name), ...args],
      options,
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
    child.stdin?.end(input);
  });
}

async function check(
  baseUrl: string,
  { key = KEY, args = [] }: { key?: string; args?: string[] } = {},
): Promise<Ran> {
  return runScript('check-gateway.ts', { env: { TEST_BASE_URL: baseUrl, TEST_API_KEY: key }, args });
}

/** Machines A and B: an upstream, and a gateway with a key before it. */
async function setUp(
  script: ChatScript = answer(streamOneByOne),
): Promise<{ upstream: ScriptedUpstream; baseUrl: string }> {
  const upstream = await scriptedUpstream(script);
  const app = await createTestApp({
    env: { LLM_SERVER_URL: upstream.url, GATEWAY_PORT: '0', API_KEYS: KEY },
  });
  const baseUrl = `${app.runner.gatewayUrl}/v1`;
  await waitUntil('the model to be listed', async () => {
    const response = await fetch(`${baseUrl}/models`, { headers: { authorization: `Bearer ${KEY}` } });
    return (await response.text()).includes('scripted');
  });
  return { upstream, baseUrl };
}

/** "pong" to a plain request; `stream` answers one that wants a stream. */
function answer(stream: (res: ServerResponse) => Promise<void>): ChatScript {
  return async (res, { body }) => {
    if (body['stream'] === true) return stream(res);
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(
      JSON.stringify({
        choices: [{ index: 0, message: { role: 'assistant', content: 'pong' }, finish_reason: 'stop' }],
      }),
    );
  };
}

async function streamOneByOne(res: ServerResponse): Promise<void> {
  openEvents(res);
  for (let piece = 0; piece < PIECES; piece += 1) {
    res.write(chunkOf({ content: `word ${piece} ` }));
    await pause(PIECE_MS);
  }
  res.end(FINISH);
}

/** What a buffering proxy makes of the same stream. */
async function streamAtOnce(res: ServerResponse, timings: object = {}): Promise<void> {
  openEvents(res);
  await pause(PIECES * PIECE_MS);
  for (let piece = 0; piece < PIECES; piece += 1) res.write(chunkOf({ content: `word ${piece} ` }));
  res.write(chunkOf({}, { timings }));
  res.end(FINISH);
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

test('a gateway that works passes every check', async () => {
  const { baseUrl } = await setUp();
  const { code, output } = await check(baseUrl);
  expect(output).toMatch(/^✓ Reachable .*\/health is ok$/m);
  expect(output).toMatch(/^✓ Models .*scripted$/m);
  expect(output).toMatch(/^✓ Chat .*scripted: pong$/m);
  expect(output).toMatch(/^✓ Streaming .*: 20 pieces/m);
  expect(output).toMatch(/^✓ Wrong key .*401$/m);
  expect(output).not.toContain(KEY);
  expect(code).toBe(0);
});

test('settings may come as LLM_… or as flags, which win', async () => {
  const { baseUrl } = await setUp();
  const env = { LLM_BASE_URL: 'http://127.0.0.1:9/v1', LLM_API_KEY: KEY, LLM_MODEL: 'scripted' };
  expect((await runScript('check-gateway.ts', { env, args: ['--base-url', baseUrl] })).code).toBe(0);
});

test('without an address it prints its usage', async () => {
  expect(await runScript('check-gateway.ts', {})).toMatchObject({
    code: 1,
    output: expect.stringContaining('TEST_BASE_URL') as string,
  });
});

test('a wrong key is a problem of machine C', async () => {
  const { baseUrl } = await setUp();
  const { code, output } = await check(baseUrl, { key: 'sk-someone-else' });
  expect(output).toMatch(/^✗ Models .*401 invalid_api_key: .*\n.*machine C.*\n.*\n.*TEST_API_KEY=/m);
  expect(output).toMatch(/^- Chat: not tried/m);
  expect(code).toBe(1);
});

test('a port without a listener is a problem of machine B, and nothing else is tried', async () => {
  const port = await unusedPort();
  const { code, output } = await check(`http://127.0.0.1:${port}/v1`);
  expect(output).toMatch(/^✗ Reachable .*ECONNREFUSED.*\n.*machine B.*\n.*\n.*GATEWAY_HOST=0\.0\.0\.0/m);
  expect(output.match(/not tried/g)).toHaveLength(4);
  expect(code).toBe(1);
});

test('an unknown host name is a problem of machine C', async () => {
  const { code, output } = await check('http://machine-b.invalid:8000/v1');
  expect(output).toMatch(
    /^✗ Reachable .*(ENOTFOUND|EAI_AGAIN).*\n.*machine C.*\n.*\n.*nslookup machine-b\.invalid$/m,
  );
  expect(code).toBe(1);
});

test('for an unknown model it prints the names near it', async () => {
  const { baseUrl } = await setUp();
  const { code, output } = await check(baseUrl, { args: ['--model', 'scriptd'] });
  expect(output).toMatch(
    /^✓ Models .*: scripted; scriptd is not listed\n✗ Chat .*404 model_not_found: .*Did you mean "scripted"\?\n.*machine C/m,
  );
  expect(code).toBe(1);
});

test('a base URL without /v1 is recognized', async () => {
  const { baseUrl } = await setUp();
  const { output } = await check(baseUrl.replace('/v1', ''));
  expect(output).toMatch(/^✗ Models .*404 not_found.*\n.*machine C.*\n.*ends with \/v1$/im);
});

test('a model server that is gone is a problem of machine A', async () => {
  const { baseUrl, upstream } = await setUp();
  await upstream.close();
  const { code, output } = await check(baseUrl);
  expect(output).toMatch(
    /^✗ Chat .*(502 upstream_error|503 no_upstream).*\n.*machine A.*\n.*\n.*curl .*\/health/m,
  );
  expect(code).toBe(1);
});

test.each([
  ['where the server reports how long it wrote', { predicted_ms: PIECES * PIECE_MS }],
  ['where it does not', {}],
])('a stream that arrives all at once is noticed, though its text is right: %s', async (_where, timings) => {
  const { baseUrl } = await setUp(answer((res) => streamAtOnce(res, timings)));
  const { code, output } = await check(baseUrl);
  expect(output).toMatch(/^✓ Chat/m);
  expect(output).toMatch(/^✗ Streaming .*not one by one\n.*machine B.*\n.*proxy_buffering/m);
  expect(code).toBe(1);
});

test('after one bunched stream it tries another before it blames a proxy', async () => {
  let streams = 0;
  const { baseUrl } = await setUp(
    answer(async (res) => {
      streams += 1;
      await (streams === 1 ? streamAtOnce(res) : streamOneByOne(res));
    }),
  );
  expect((await check(baseUrl)).output).toMatch(/^✓ Streaming/m);
  expect(streams).toBe(2);
});

test('a stream that breaks off is a problem of machine A', async () => {
  const { baseUrl } = await setUp(
    answer(async (res) => {
      openEvents(res);
      res.write(chunkOf({ content: 'word' }), () => res.destroy());
    }),
  );
  expect((await check(baseUrl)).output).toMatch(/^✗ Streaming .*upstream_error.*\n.*machine A/m);
});

test('the page of another program is recognized as no gateway', async () => {
  const server = createServer((_req, res) => void res.end('<html>Welcome</html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect((await check(`http://127.0.0.1:${port}/v1`)).output).toMatch(
    /^✗ Models .*received no JSON, but: <html>Welcome.*\n.*machine C/m,
  );
});

test('the example client shows an answer at once and as it is written', async () => {
  const { baseUrl, upstream } = await setUp();
  const env = { LLM_BASE_URL: baseUrl, LLM_API_KEY: KEY };
  const { code, output } = await runScript('example-client.ts', { env, args: ['ping'] });
  expect(output).toMatch(/> ping\s+At once:\npong\s+As it is written:\nword 0 .*word 19/);
  expect(code).toBe(0);
  expect(upstream.requests.map(({ body }) => body['stream'] ?? false)).toEqual([false, true]);
});

test('the example client holds a conversation, which a reset forgets and a failure does not spoil', async () => {
  const { baseUrl, upstream } = await setUp(sayWords('hello', ' there'));
  const env = { LLM_BASE_URL: baseUrl, LLM_API_KEY: KEY };
  const input = 'one\n/model nope\nlost\n/model scripted\ntwo\n/reset\nthree\n/quit\n';
  const { code, output } = await runScript('example-client.ts', { env, args: ['--interactive'], input });
  expect(output).toContain('404 The model "nope" does not exist here.');
  const said = upstream.requests.map(({ body }) =>
    (body['messages'] as { content: string }[]).map(({ content }) => content),
  );
  expect(said).toEqual([['one'], ['one', 'hello there', 'two'], ['three']]);
  expect(code).toBe(0);
});

test('the Python script gives the same advice', () => {
  const adviceIn = (name: string): string =>
    /ADVICE = (?:`|""")\n([^`]*?)(?:`|""")/.exec(
      readFileSync(join(import.meta.dirname, name), 'utf8'),
    )?.[1] ?? '';
  expect(adviceIn('check-gateway.ts').split('\n').length).toBeGreaterThan(20);
  expect(adviceIn('check_gateway.py')).toBe(adviceIn('check-gateway.ts'));
});
