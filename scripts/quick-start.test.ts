import { symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startRunner } from '../runner/testing/start-runner.ts';
import type { RunnerChild } from '../runner/testing/start-runner.ts';
import { tempDir } from '../runner/testing/temp-dir.ts';
import { testSshd } from '../runner/testing/test-sshd.ts';
import { unusedPort } from '../runner/testing/unused-port.ts';
import { runScript } from './testing/run-script.ts';

async function aRunner(): Promise<RunnerChild> {
  const runner = await startRunner(tempDir());
  onTestFinished(async () => void (await runner.end('SIGTERM')));
  return runner;
}

test('machine A is up in one go, and machine B reaches its model', async (context) => {
  const sshd = await testSshd(context);
  const key = sshd.makeKey('machine-a');
  sshd.authorize([key.public]);
  await sshd.start();
  const runner = await aRunner();
  const [port, remotePort] = [await unusedPort(), await unusedPort()];
  const env = {
    RUNNER_URL: runner.url,
    PORT: String(port),
    REMOTE_PORT: String(remotePort),
    REMOTE_USER: sshd.user,
    SSH_PORT: String(sshd.port),
    IDENTITY_FILE: key.file,
  };
  const first = await runScript('quick_start.sh', { env, args: ['--remote-host', '127.0.0.1'] });
  expect(first.output).toMatch(
    /── Runner\n {2}runs at [^]*── Model server\n[^]*Ready: [^]*── Tunnel\n[^]* up\.\n── Done/,
  );
  expect(first.code).toBe(0);
  expect((await fetch(`http://127.0.0.1:${remotePort}/health`)).status).toBe(200);
  const again = await runScript('quick_start.sh', { env, args: ['--remote-host', '127.0.0.1'] });
  expect(again.output).toContain('is running already');
  expect(again.code).toBe(0);
});

test('a step that fails says what to do, and the next one is not tried', async () => {
  const runner = await aRunner();
  const holder = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void holder.close());
  await new Promise((resolve) => holder.once('listening', resolve));
  const port = (holder.address() as AddressInfo).port;
  const { code, output } = await runScript('quick_start.sh', {
    env: { RUNNER_URL: runner.url, PORT: String(port), REMOTE_HOST: '127.0.0.1' },
  });
  expect(output).toMatch(
    new RegExp(`Port ${port} is taken by [^]*✗ The model server is not ready\\.\\n  \\S`),
  );
  expect(output).not.toContain('── Tunnel');
  expect(code).toBe(1);
});

test('without Node.js it says where to get it', async () => {
  const bin = tempDir();
  for (const program of ['bash', 'dirname']) symlinkSync(`/usr/bin/${program}`, join(bin, program));
  const { code, output } = await runScript('quick_start.sh', { env: { PATH: bin } });
  expect(output).toContain('✗ Node.js was not found.\n  Install Node.js 18 or newer');
  expect(code).toBe(1);
});

test.each([
  [
    'with a model that is not there',
    ['--model', '/nonexistent/model.gguf'],
    'There is no model file at /nonexistent/model.gguf',
  ],
  ['with an unknown option', ['--modle', 'x'], 'There is no option --modle'],
])('%s it stops and says what to do', async (_what, args, sentence) => {
  const { code, output } = await runScript('quick_start.sh', { args });
  expect(output).toContain(`✗ ${sentence}`);
  expect(code).toBe(1);
});
