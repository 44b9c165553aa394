/** The proxies of deploy/ in front of a real runner and its gateway. The page needs ui/dist (`npm run build:ui`). */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { chromium } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chunkOf, FINISH, openEvents, scriptedUpstream } from '../runner/testing/scripted-upstream.ts';
import type { ScriptedUpstream } from '../runner/testing/scripted-upstream.ts';
import { startRunner } from '../runner/testing/start-runner.ts';
import { tempDir } from '../runner/testing/temp-dir.ts';
import { unusedPort } from '../runner/testing/unused-port.ts';
import { waitUntil } from '../runner/testing/wait-until.ts';
import { DOMAIN, startCaddy, startNginx } from './testing/start-proxy.ts';
import type { Proxy } from './testing/start-proxy.ts';

const TOKEN = 'a-token-of-the-tests';
const KEY = 'sk-key-of-the-tests';
const withKey = { authorization: `Bearer ${KEY}` };
const withToken = { authorization: `Bearer ${TOKEN}` };

/** As `deploy.sh --domain llm.example` sets it up. */
async function setUp(
  startProxy: typeof startNginx,
): Promise<{ proxy: Proxy; upstream: ScriptedUpstream; runnerUrl: string }> {
  const upstream = await scriptedUpstream();
  const gatewayPort = await unusedPort();
  const runner = await startRunner(tempDir(), {
    env: {
      RUNNER_TOKEN: TOKEN,
      API_KEYS: KEY,
      RUNNER_ALLOWED_HOSTS: DOMAIN,
      LLM_SERVER_URL: upstream.url,
      GATEWAY_PORT: String(gatewayPort),
      GATEWAY_HOST: '127.0.0.1',
    },
  });
  onTestFinished(async () => void (await runner.end('SIGTERM')));
  const proxy = await startProxy({ runnerPort: Number(new URL(runner.url).port), gatewayPort });
  await waitUntil('the model to be listed', async () =>
    (await text(await proxy.request('/v1/models', { headers: withKey }))).includes('scripted'),
  );
  return { proxy, upstream, runnerUrl: runner.url };
}

/** Resolves when the text has arrived: with a stream that a proxy collects it never does. */
async function readUntil(response: IncomingMessage, wanted: string): Promise<string> {
  let read = '';
  while (!read.includes(wanted)) {
    const [chunk] = (await once(response, 'data')) as [Buffer];
    read += chunk.toString();
  }
  return read;
}

const chat = { model: 'scripted', stream: true, messages: [{ role: 'user', content: 'hi' }] };

function isInstalled(program: string): boolean {
  try {
    return execFileSync(program, [program === 'nginx' ? '-v' : 'version'], { stdio: 'ignore' }) !== undefined;
  } catch {
    return false;
  }
}

describe.each([
  ['nginx', startNginx],
  ['caddy', startCaddy],
] as const)('behind %s', (program, startProxy) => {
  // CI installs both; elsewhere only someone who changes these files needs them.
  const here = test.skipIf(process.env['CI'] !== 'true' && !isInstalled(program));

  here('an answer arrives while it is written, and ends when the client leaves', async () => {
    const { proxy, upstream } = await setUp(startProxy);
    let finish: () => void = () => undefined;
    upstream.script = async (res) => {
      openEvents(res);
      res.write(chunkOf({ content: 'first' }));
      await new Promise<void>((resolve) => (finish = resolve));
      res.end(FINISH);
    };
    const whole = await proxy.request('/v1/chat/completions', {
      method: 'POST',
      headers: withKey,
      body: chat,
    });
    await readUntil(whole, 'first');
    finish();
    await readUntil(whole, '[DONE]');

    const left = await proxy.request('/v1/chat/completions', {
      method: 'POST',
      headers: withKey,
      body: chat,
    });
    await readUntil(left, 'first');
    left.destroy();
    await waitUntil('the model server to notice', () => upstream.requests.at(-1)?.gone.aborted);
  });

  here('the live log of a process arrives line by line below the base path', async () => {
    const { proxy } = await setUp(startProxy);
    const body = { id: 'talker', cmd: 'sh', args: ['-c', 'echo the-first-line; exec sleep 1000'] };
    const launched = await proxy.request('/llm/api/runner/launch', {
      method: 'POST',
      headers: withToken,
      body,
    });
    expect(JSON.parse(await text(launched))).toMatchObject({ ok: true });
    const stream = await proxy.request('/llm/api/runner/stream/talker', { headers: withToken });
    expect(stream.headers['content-type']).toContain('text/event-stream');
    await readUntil(stream, 'the-first-line');
  });

  here(
    'without key or token nothing but the page and the health is open, and nothing else is there',
    async () => {
      const { proxy } = await setUp(startProxy);
      const statusOf = async (
        path: string,
        headers: Record<string, string> = {},
      ): Promise<number | undefined> => (await proxy.request(path, { headers })).statusCode;
      expect(await statusOf('/v1/models')).toBe(401);
      expect(await statusOf('/llm/api/runner/processes')).toBe(401);
      expect(await statusOf('/llm/api/runner/processes', withKey)).toBe(401);
      expect(await statusOf('/llm/api/runner/processes', withToken)).toBe(200);
      expect(
        await statusOf('/llm/api/runner/processes', { ...withToken, origin: 'https://evil.example' }),
      ).toBe(403);
      expect(await statusOf('/health')).toBe(200);
      expect(await statusOf('/llm/')).toBe(200);
      expect(await statusOf('/api/runner/processes', withToken)).toBe(404);
      const moved = await proxy.request('/llm');
      expect(moved.statusCode).toBe(301);
      expect(moved.headers.location).toMatch(/\/llm\/$/);
    },
  );

  here('a conversation as large as images make it is let through', async () => {
    const { proxy, upstream } = await setUp(startProxy);
    upstream.script = (res) => {
      openEvents(res);
      res.end(FINISH);
    };
    const body = { ...chat, messages: [{ role: 'user', content: 'x'.repeat(8 * 1024 * 1024) }] };
    const response = await proxy.request('/v1/chat/completions', { method: 'POST', headers: withKey, body });
    expect(response.statusCode).toBe(200);
    await readUntil(response, '[DONE]');
  });

  here(
    'the page works below the base path: it takes the token, launches, and shows the log live',
    async () => {
      const { proxy } = await setUp(startProxy);
      const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', `--host-resolver-rules=MAP ${DOMAIN} 127.0.0.1`]; // prettier-ignore
      const browser = await chromium.launch({
        executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
        args,
      });
      onTestFinished(() => browser.close());
      const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      page.on(
        'response',
        (response) =>
          void (response.status() >= 400 && faults.push(`${response.status()} ${response.url()}`)),
      );
      await page.goto(`https://${DOMAIN}:${proxy.port}/llm/#token=${TOKEN}`);
      await page.getByRole('button', { name: 'Launch the demo model' }).click();
      await page
        .getByRole('article', { name: /^demo_/ })
        .getByText('ready', { exact: true })
        .waitFor({ timeout: 60_000 });
      await page.getByRole('region', { name: 'Live log' }).getByText(/listening on http/).waitFor(); // prettier-ignore
      expect(faults).toEqual([]);
    },
    120_000,
  );
});
