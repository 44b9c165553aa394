import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findLlamaServer } from '../system/find-llama-server.ts';
import { startRunner } from '../testing/start-runner.ts';
import type { RunnerChild } from '../testing/start-runner.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { unusedPort } from '../testing/unused-port.ts';
import { isAlive, waitUntil } from '../testing/wait-until.ts';

const MODELS = join(import.meta.dirname, '..', '..', 'presets', 'models');

async function runnerOn(llamaServer: string | null): Promise<RunnerChild> {
  const runner = await startRunner(tempDir(), {
    env: { LLAMA_SERVER: llamaServer ?? '', MODEL_DIRS: MODELS },
  });
  onTestFinished(async () => void (await runner.end('SIGTERM')));
  return runner;
}

async function ask(port: number, body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: signal ?? AbortSignal.timeout(30_000),
  });
}

async function processOf(runner: RunnerChild, id: string): Promise<Record<string, unknown>> {
  return (await runner.get(`/api/runner/processes/${id}`)).body['process'] as Record<string, unknown>;
}

async function ready(runner: RunnerChild, id: string): Promise<void> {
  await waitUntil(`${id} is ready`, async () => (await processOf(runner, id))['state'] === 'ready');
}

/** `LLAMA_SERVER`, or the one on PATH; null where there is none. CI fetches one. */
const llamaServer = findLlamaServer(process.env['LLAMA_SERVER'] || null, {
  platform: process.platform,
  searchPath: process.env['PATH'] ?? '',
});
const servers = [
  { recipe: 'embedded', isHere: true },
  { recipe: 'llama-server', isHere: llamaServer !== null },
];

describe.each(servers)('$recipe', ({ recipe, isHere }) => {
  // Without a llama-server there is nothing to test: `.ci/run` fetches one, so CI always runs these.
  it.runIf(isHere)('is launched, proven ready, answers, and is gone after stop', async () => {
    const runner = await runnerOn(llamaServer);
    const port = await unusedPort();
    const launched = await runner.post('/api/runner/launch', {
      id: 'chat',
      recipe,
      form: { model: join(MODELS, 'tiny-chat.gguf'), port, context: 2048, parallel: 1 },
    });
    expect(launched).toMatchObject({ status: 200, body: { ok: true, id: 'chat', run: 1, port } });
    await ready(runner, 'chat');
    expect(await processOf(runner, 'chat')).toMatchObject({ recipe, port, url: `http://127.0.0.1:${port}` });
    const answer = (await (
      await ask(port, { messages: [{ role: 'user', content: 'Reply with the word pong' }], temperature: 0 })
    ).json()) as {
      choices: [{ message: { content: string } }];
      usage: object;
    };
    expect(answer.choices[0].message.content.toLowerCase()).toContain('pong');
    expect(answer.usage).toMatchObject({
      prompt_tokens: expect.any(Number),
      completion_tokens: expect.any(Number),
    });
    const stopped = await runner.post('/api/runner/stop/chat');
    expect(stopped.body).toMatchObject({ ok: true, exit: { reason: 'stopped' } });
    expect(isAlive(Number(launched.body['pid']))).toBe(false);
    const log = JSON.stringify((await runner.get('/api/runner/logs/chat')).body);
    expect(log).toContain('model loaded');
    expect(log).toContain(`listening on http://127.0.0.1:${port}`);
  });

  it.runIf(isHere)('ends without KILL while a stream is open', async () => {
    const runner = await runnerOn(llamaServer);
    const port = await unusedPort();
    await runner.post('/api/runner/launch', {
      id: 'busy',
      recipe,
      form: { model: join(MODELS, 'tiny-random.gguf'), port, context: 2048, parallel: 1 },
    });
    await ready(runner, 'busy');
    const response = await ask(port, {
      messages: [{ role: 'user', content: 'go' }],
      stream: true,
      max_tokens: 1_000_000,
      ignore_eos: true,
    });
    const first = await response.body?.getReader().read();
    expect(first?.done).toBe(false);
    const { exit } = (await runner.post('/api/runner/stop/busy')).body as {
      exit: { signal: string | null; reason: string };
    };
    expect(exit.reason).toBe('stopped');
    expect(exit.signal).not.toBe('SIGKILL');
  });

  it.runIf(isHere)('says why it failed on a file that is no model', async () => {
    const runner = await runnerOn(llamaServer);
    await runner.post('/api/runner/launch', {
      id: 'bad',
      recipe,
      form: { model: join(MODELS, 'how-made', 'corpus.py') },
    });
    const failed = await waitUntil('the diagnosis', async () => {
      const found = await processOf(runner, 'bad');
      return found['diagnosis'] !== null && found;
    });
    expect(failed).toMatchObject({
      state: 'failed',
      exit: { code: 1, reason: 'crashed' },
      diagnosis: { cause: expect.stringMatching(/model|GGUF/i) },
    });
  });
});

describe('the seed', () => {
  it.runIf(llamaServer !== null)(
    'launches llama-server as a plain command, with its port and readiness found',
    async () => {
      const runner = await runnerOn(llamaServer);
      const port = await unusedPort();
      const args = ['-m', join(MODELS, 'tiny-chat.gguf'), '--port', String(port)];
      expect(
        (await runner.post('/api/runner/launch', { id: 'llama_8000', cmd: llamaServer, args, shell: false }))
          .body,
      ).toMatchObject({
        ok: true,
        port,
      });
      await ready(runner, 'llama_8000');
      const taken = await runner.post('/api/runner/launch', {
        id: 'second',
        cmd: llamaServer,
        args,
        shell: false,
      });
      expect(taken).toMatchObject({
        status: 409,
        body: { error: { code: 'PORT_TAKEN', message: expect.stringContaining('"llama_8000"') } },
      });
    },
  );

  it('offers llama-server first where one is found, else the embedded engine', async () => {
    const found = await runnerOn(llamaServer);
    expect((await found.get('/api/launch/context')).body['defaultRecipe']).toBe(
      llamaServer === null ? 'embedded' : 'llama-server',
    );
  });
});
