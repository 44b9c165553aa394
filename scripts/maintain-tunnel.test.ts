import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { TestContext } from 'vitest';
import { startRunner } from '../runner/testing/start-runner.ts';
import { tempDir } from '../runner/testing/temp-dir.ts';
import { testSshd } from '../runner/testing/test-sshd.ts';
import type { Sshd } from '../runner/testing/test-sshd.ts';
import { unusedPort } from '../runner/testing/unused-port.ts';
import { isAlive, waitUntil } from '../runner/testing/wait-until.ts';
import { runScript, startScript } from './testing/run-script.ts';

const NAME = 'maintain_tunnel.sh';

/** The model server of machine A. */
async function modelServer(): Promise<number> {
  const server = createServer((_req, res) => void res.end('here is the model'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

interface SshOfB {
  ssh: Sshd;
  identityFile: string;
}

/** sshd of machine B, with one authorized key. */
async function sshOfB(context: TestContext, keyOptions = ''): Promise<SshOfB> {
  const ssh = await testSshd(context);
  const key = ssh.makeKey('machine-a');
  ssh.authorize([`${keyOptions}${key.public}`]);
  await ssh.start();
  return { ssh, identityFile: key.file };
}

async function settings(
  { ssh, identityFile }: SshOfB,
  more: Record<string, string> = {},
): Promise<Record<string, string>> {
  return {
    REMOTE_HOST: '127.0.0.1',
    REMOTE_USER: ssh.user,
    SSH_PORT: String(ssh.port),
    IDENTITY_FILE: identityFile,
    REMOTE_PORT: String(await unusedPort()),
    LOCAL_PORT: String(await modelServer()),
    RUNNER_DATA_DIR: join(tempDir(), 'a b%'),
    MAX_DELAY: '1',
    ...more,
  };
}

async function requestThrough(env: Record<string, string>): Promise<string | null> {
  return fetch(`http://127.0.0.1:${env['REMOTE_PORT']}/`, { headers: { connection: 'close' } }).then(
    (response) => response.text(),
    () => null,
  );
}

/** A program in place of ssh: the real one does not fail on command. */
function fakeSsh(script: string): { PATH: string } {
  const dir = tempDir();
  writeFileSync(join(dir, 'ssh'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, 'ssh'), 0o755);
  return { PATH: `${dir}:${process.env['PATH']}` };
}

test('machine B reaches the model through it, again after its sshd was killed, and not after the script was ended', async (context) => {
  const machineB = await sshOfB(context);
  const env = await settings(machineB);
  const tunnel = startScript(NAME, { env, args: ['--no-runner'] });
  await waitUntil('an answer through the tunnel', () => requestThrough(env));
  expect(await requestThrough(env)).toBe('here is the model');
  expect(tunnel.output()).toContain('Connected.');

  await machineB.ssh.stop();
  await waitUntil('ssh to end', () => tunnel.output().includes('ssh ended with 255'));
  await machineB.ssh.start();
  await waitUntil('an answer through the new tunnel', () => requestThrough(env));

  tunnel.child.kill('SIGTERM');
  expect(await tunnel.ended).toBe(0);
  expect(tunnel.output()).toMatch(/Stopped\.\n$/);
  await waitUntil('the port to be closed', async () => (await requestThrough(env)) === null);
  // The host keys that it has learned are all that is left behind.
  expect(readdirSync(env['RUNNER_DATA_DIR'] ?? '')).toEqual(['tunnel_known_hosts']);
});

test('a key that is restricted to port forwarding is enough', async (context) => {
  const env = await settings(await sshOfB(context, 'restrict,port-forwarding,command="false" '));
  startScript(NAME, { env, args: ['--no-runner'] });
  await waitUntil('an answer through the tunnel', () => requestThrough(env));
});

test('a check opens the tunnel once and leaves nothing', async (context) => {
  const machineB = await sshOfB(context);
  const env = await settings(machineB);
  const { code, output } = await runScript(NAME, { env, args: ['--no-runner', '--check'] });
  expect(output).toMatch(/^✓ target[^]*^✓ connect, forward: port \d+ of 127\.0\.0\.1 leads here$/m);
  expect(code).toBe(0);
  await waitUntil('the port to be closed', async () => (await requestThrough(env)) === null);
});

test('a check reports that no model server listens, and what ssh prints about a refused key', async (context) => {
  const machineB = await sshOfB(context);
  const stranger = machineB.ssh.makeKey('stranger').file;
  const env = await settings(machineB, { LOCAL_PORT: String(await unusedPort()), IDENTITY_FILE: stranger });
  const { code, output } = await runScript(NAME, { env, args: ['--no-runner', '--check'] });
  expect(output).toMatch(/✗ target: nothing listens on port \d+ here/);
  expect(output).toMatch(/Permission denied \(publickey\)[^]*✗ connect, forward/);
  expect(code).toBe(1);
});

test('a taken port on machine B is reported and tried again until it is free', async (context) => {
  const machineB = await sshOfB(context);
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const env = await settings(machineB, { REMOTE_PORT: String((holder.address() as AddressInfo).port) });
  const tunnel = startScript(NAME, { env, args: ['--no-runner'] });
  await waitUntil('the refusal', () => tunnel.output().includes('remote port forwarding failed'));
  holder.close();
  await waitUntil('an answer through the tunnel', () => requestThrough(env));
});

test('a machine whose host key changed is refused', async (context) => {
  const machineB = await sshOfB(context);
  const env = await settings(machineB);
  expect((await runScript(NAME, { env, args: ['--no-runner', '--check'] })).code).toBe(0);
  await machineB.ssh.stop();
  machineB.ssh.makeHostKey();
  await machineB.ssh.start();
  const { code, output } = await runScript(NAME, { env, args: ['--no-runner', '--check'] });
  expect(output).toContain('REMOTE HOST IDENTIFICATION HAS CHANGED');
  expect(code).toBe(1);
});

test('an ssh that ends with 0 is started again, each time after a longer wait up to the limit', async () => {
  const env = {
    REMOTE_HOST: 'machine-b.example',
    RUNNER_DATA_DIR: tempDir(),
    MAX_DELAY: '2',
    ...fakeSsh('exit 0'),
  };
  const tunnel = startScript(NAME, { env, args: ['--no-runner'] });
  await waitUntil('four tries', () => tunnel.output().split('Connecting').length > 4);
  const waits = [...tunnel.output().matchAll(/ssh ended with 0\. Next try in ([\d.]+) s\./g)].map(
    ([, seconds]) => Number(seconds),
  );
  const longest = [1, 2, 2];
  for (const [index, most] of longest.entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(most / 2);
    expect(waits[index]).toBeLessThanOrEqual(most);
  }
});

test('ended while it waits or while ssh runs, it leaves no ssh behind', async () => {
  const pidFile = join(tempDir(), 'pid');
  const env = {
    REMOTE_HOST: 'machine-b.example',
    RUNNER_DATA_DIR: tempDir(),
    ...fakeSsh(`echo $$ >${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 1000`),
  };
  const tunnel = startScript(NAME, { env, args: ['--no-runner'] });
  const pid = await waitUntil(
    'ssh to run',
    () => readdirSync(join(pidFile, '..')).includes('pid') && Number(readFileSync(pidFile, 'utf8')),
  );
  tunnel.child.kill('SIGTERM');
  expect(await tunnel.ended).toBe(0);
  expect(isAlive(pid)).toBe(false);
});

test('ssh runs without questions, trusts no changed host key and ends when the forwarding fails', async () => {
  const dir = tempDir();
  const env = {
    REMOTE_HOST: 'machine-b.example',
    REMOTE_USER: 'u',
    RUNNER_DATA_DIR: dir,
    JUMP_HOST: 'j@jump.example',
    COMPRESSION: 'yes',
    ...fakeSsh(`printf '%s\\n' "$@" >${dir}/args; cat "$8" >${dir}/config; kill $PPID`),
  };
  await startScript(NAME, { env, args: ['--no-runner', '--remote-port', '9', '--local-port', '8'] }).ended;
  const args = readFileSync(join(dir, 'args'), 'utf8');
  expect(args).toMatch(/^-R\n127\.0\.0\.1:9:127\.0\.0\.1:8\n-J\nj@jump\.example\n--\nu@machine-b\.example$/m);
  expect(args).toContain('ExitOnForwardFailure=yes');
  const config = readFileSync(join(dir, 'config'), 'utf8');
  expect(config).toMatch(/^BatchMode yes\nStrictHostKeyChecking accept-new$/m);
  expect(config).toMatch(/^Compression yes$/m);
});

test('with a runner the runner keeps the tunnel, once, and after the script has ended', async (context) => {
  const runner = await startRunner(tempDir());
  onTestFinished(async () => void (await runner.end('SIGTERM')));
  const env = await settings(await sshOfB(context), { RUNNER_URL: runner.url });
  const first = await runScript(NAME, { env, args: ['--once'] });
  expect(first.output).toMatch(/keeps up the tunnel "127\.0\.0\.1:\d+" from now on[^]* up\.$/m);
  expect(first.code).toBe(0);
  expect(await requestThrough(env)).toBe('here is the model');

  expect((await runScript(NAME, { env, args: ['--once'] })).code).toBe(0);
  const follower = startScript(NAME, { env });
  await waitUntil('it to follow', () => follower.output().includes(' up.'));
  follower.child.kill('SIGTERM');
  await follower.ended;
  expect(await requestThrough(env)).toBe('here is the model');
  const { body } = await runner.get('/api/tunnels');
  expect(body['tunnels']).toHaveLength(1);

  const other = await runScript(NAME, {
    env: { ...env, REMOTE_PORT: String(await unusedPort()), TUNNEL_NAME: `127.0.0.1:${env['REMOTE_PORT']}` },
    args: ['--once'],
  });
  expect(other.output).toContain('with other settings (remotePort)');
  expect(other.code).toBe(1);
});

test('with a runner a check prints each step and keeps nothing, and for a refused key what to do', async (context) => {
  const runner = await startRunner(tempDir());
  onTestFinished(async () => void (await runner.end('SIGTERM')));
  const machineB = await sshOfB(context);
  const env = await settings(machineB, { RUNNER_URL: runner.url });
  const good = await runScript(NAME, { env, args: ['--check'] });
  expect(good.output).toMatch(/^✓ connect .*\n✓ forward .*\n✓ probe /m);
  expect(good.code).toBe(0);
  const bad = await runScript(NAME, {
    env: { ...env, IDENTITY_FILE: machineB.ssh.makeKey('stranger').file },
    args: ['--check'],
  });
  expect(bad.output).toMatch(/✗ connect[^]*refused the key .*authorized_keys/);
  expect(bad.code).toBe(1);
  expect((await runner.get('/api/tunnels')).body['tunnels']).toEqual([]);
});

test.each([
  ['no host', { env: {}, args: [] }, 'give the other machine'],
  [
    'a host that ssh would take for an option',
    { env: { REMOTE_HOST: '-oProxyCommand=id' }, args: [] },
    'REMOTE_HOST must not begin with a dash',
  ],
  [
    'a port that is not valid',
    { env: { REMOTE_HOST: 'b' }, args: ['--remote-port', '0'] },
    'REMOTE_PORT must be between 1 and 65535',
  ],
  [
    'a key that is not there',
    { env: { REMOTE_HOST: 'b', IDENTITY_FILE: '/nonexistent/key' }, args: ['--no-runner'] },
    'does not exist or may not be read',
  ],
  ['an unknown option', { env: { REMOTE_HOST: 'b' }, args: ['--forever'] }, 'there is no option --forever'],
  [
    '--once without a runner',
    { env: { REMOTE_HOST: 'b' }, args: ['--once', '--no-runner'] },
    '--once needs a runner',
  ],
])('%s is refused with a sentence', async (_what, options, sentence) => {
  const { output, code } = await runScript(NAME, options);
  expect(output).toContain(sentence);
  expect(code).toBe(2);
});
