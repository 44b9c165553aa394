import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startRunner } from '../runner/testing/start-runner.ts';
import type { RunnerChild } from '../runner/testing/start-runner.ts';
import { tempDir } from '../runner/testing/temp-dir.ts';
import { unusedPort } from '../runner/testing/unused-port.ts';
import { runScript } from './testing/run-script.ts';

const MODEL = join(import.meta.dirname, '..', 'presets', 'models', 'tiny-chat.gguf');
const NAME = 'start_llm_server.sh';

async function aRunner(env: Record<string, string> = {}): Promise<RunnerChild> {
  const runner = await startRunner(tempDir(), { env });
  onTestFinished(async () => void (await runner.end('SIGTERM')));
  return runner;
}

/** A program in place of llama-server that prints its arguments. */
function recorder(): string {
  const path = join(tempDir(), 'llama-server');
  writeFileSync(path, '#!/bin/sh\nprintf "<%s>" "$@"\necho " key=$LLAMA_API_KEY"\n');
  chmodSync(path, 0o755);
  return path;
}

test('with a runner it launches the model there, waits for it, and finds it running the second time', async () => {
  const runner = await aRunner();
  const port = await unusedPort();
  const env = { RUNNER_URL: runner.url, MODEL, PORT: String(port), RECIPE: 'embedded', CONTEXT: '256' };
  const first = await runScript(NAME, { env });
  expect(first.output).toContain(`has launched "llama_${port}" (embedded`);
  expect(first.output).toMatch(new RegExp(`^Ready: http://127\\.0\\.0\\.1:${port}$`, 'm'));
  expect(first.output).toContain(`curl -N ${runner.url}/api/runner/stream/llama_${port}`);
  expect(first.code).toBe(0);
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);

  const second = await runScript(NAME, { env });
  expect(second.output).toMatch(/is running already[^]*^Ready: /m);
  expect(second.code).toBe(0);
});

test("options win over variables, and the path of the model is relative to the caller's folder", async () => {
  const runner = await aRunner();
  const port = await unusedPort();
  const { output, code } = await runScript(NAME, {
    cwd: join(MODEL, '..'),
    env: { RUNNER_URL: runner.url, PORT: '1', RECIPE: 'llama-server' },
    args: [
      'tiny-chat.gguf',
      '--port',
      String(port),
      '--id',
      'mine',
      '--recipe',
      'embedded',
      '--alias',
      'two words',
    ],
  });
  expect(output).toContain('has launched "mine" (embedded');
  expect(code).toBe(0);
  const { body } = await runner.get('/api/runner/processes/mine');
  expect(body['process']).toMatchObject({
    port,
    restartPolicy: 'on-failure',
    target: { form: { alias: 'two words' } },
  });
});

test('for a server that fails to start it prints the cause, what to do, and the end of its log', async () => {
  const runner = await aRunner();
  const { output, code } = await runScript(NAME, {
    env: { RUNNER_URL: runner.url, MODEL, PORT: String(await unusedPort()), RECIPE: 'embedded' },
    args: ['--', '--no-such-flag'],
  });
  expect(output).toMatch(/did not become ready \(crashed, code \d+/);
  expect(output).toMatch(/does not know the argument .*--no-such-flag.*Remove it from the extra arguments/);
  expect(output).toMatch(/^ {2}\| .*no-such-flag/m);
  expect(code).toBe(1);
});

test('it prints the message of a runner that refuses, and starts nothing beside it', async () => {
  const runner = await aRunner({ RUNNER_TOKEN: 'a-token-of-the-tests' });
  const env = { RUNNER_URL: runner.url, LLAMA_SERVER: recorder(), MODEL };
  const { output, code } = await runScript(NAME, { env });
  expect(output).toContain('This runner wants its token');
  expect(output).not.toContain('<-m>');
  expect(code).toBe(1);
  const allowed = {
    ...env,
    RUNNER_TOKEN: 'a-token-of-the-tests',
    RECIPE: 'embedded',
    PORT: String(await unusedPort()),
  };
  expect((await runScript(NAME, { env: allowed })).code).toBe(0);
});

test('without a runner llama-server gets the same flags in the foreground, and the key by its environment', async () => {
  const env = {
    RUNNER_URL: `http://127.0.0.1:${await unusedPort()}`,
    LLAMA_SERVER: recorder(),
    API_KEY: 'sk-secret',
    GPU_LAYERS: '-1',
  };
  const { output, code } = await runScript(NAME, {
    env,
    args: [
      '--model',
      MODEL,
      '--context',
      '4096',
      '--threads',
      '0',
      '--parallel',
      '2',
      '--',
      '--flash-attn',
      'on',
      'two words',
    ],
  });
  expect(output).toContain('No runner answers at');
  expect(output).toContain(
    `<-m><${MODEL}><--host><127.0.0.1><--port><8080><-c><4096><-ngl><-1><--parallel><2><--flash-attn><on><two words> key=sk-secret`,
  );
  expect(output.match(/sk-secret/g)).toHaveLength(1);
  expect(code).toBe(0);
});

test('the exit code of the server is passed on', async () => {
  const { code } = await runScript(NAME, { env: { LLAMA_SERVER: 'false', MODEL }, args: ['--no-runner'] });
  expect(code).toBe(1);
});

test.each([
  ['no model', { env: {}, args: [] }, 'give a model'],
  [
    'a model that is not there',
    { env: { MODEL: '/nonexistent/model.gguf' }, args: [] },
    'there is no model file at /nonexistent/model.gguf',
  ],
  ['an unknown option', { env: { MODEL }, args: ['--modle', 'x'] }, 'there is no option --modle'],
  ['an option without its value', { env: { MODEL }, args: ['--port'] }, '--port needs a value'],
  ['a port in words', { env: { MODEL, PORT: 'http' }, args: [] }, 'PORT must be a whole number'],
  [
    'a program that is not there',
    { env: { MODEL, LLAMA_SERVER: 'no-such-program' }, args: ['--no-runner'] },
    'no-such-program was not found',
  ],
])('%s is refused with a sentence', async (_what, { env, args }, sentence) => {
  const { output, code } = await runScript(NAME, { env: { RUNNER_URL: 'http://127.0.0.1:9', ...env }, args });
  expect(output).toContain(sentence);
  expect(code).toBe(2);
});
