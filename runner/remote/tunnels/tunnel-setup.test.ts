/** What the set-up of a tunnel tells people to install, tried out: with a real sshd, and with systemd's own checker. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { newLlamaServer, script, scriptedServer } from '../../serving/endpoints/testing/scripted-server.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { testSshd } from '../../testing/test-sshd.ts';
import type { Sshd } from '../../testing/sshd.ts';
import { testTunnels } from '../../testing/test-tunnels.ts';
import { unusedPort } from '../../testing/unused-port.ts';

let sshd: Sshd;
let key: { file: string; public: string };
let fields: Record<string, unknown>;
let modelPort: number;

beforeEach(async (context) => {
  sshd = await testSshd(context);
  key = sshd.makeKey('id');
  sshd.authorize([]);
  await sshd.start();
  modelPort = Number(new URL((await scriptedServer(script(newLlamaServer()))).url).port);
  fields = { name: 'To B 100%', host: '127.0.0.1', port: sshd.port, user: sshd.user, identityFile: key.file };
});

/** ssh with this key, as somebody who has stolen it would use it. */
async function ssh(
  args: readonly string[],
  { prefix = [] }: { prefix?: string[] } = {},
): Promise<{ code: number; said: string }> {
  const known = `UserKnownHostsFile=${join(sshd.dir, 'known')}`;
  const options = [
    '-F',
    'none',
    '-i',
    key.file,
    '-p',
    String(sshd.port),
    '-o',
    'BatchMode=yes',
    '-o',
    'StrictHostKeyChecking=accept-new',
  ];
  const [program = 'ssh', ...rest] = [
    ...prefix,
    'ssh',
    ...options,
    '-o',
    known,
    '-o',
    'ExitOnForwardFailure=yes',
    ...args,
  ];
  return new Promise((resolve) => {
    const child = execFile(program, rest, { timeout: 10_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr });
    });
    child.stdin?.end();
  });
}

describe('with the line for authorized_keys', () => {
  it('a reverse tunnel works, and the key can do nothing else', async () => {
    const { create, until, tunnels } = await testTunnels({ timing: { slowRetryMs: 200 } });
    const remotePort = await unusedPort();
    const { id } = await create({ ...fields, direction: 'reverse', localPort: modelPort, remotePort });
    const { authorizedKeysLine: line } = await tunnels.setup(id);
    sshd.authorize([line ?? '']);
    expect(await until(id, 'up')).toMatchObject({ problem: null, latencyMs: expect.any(Number) });

    const at = `${sshd.user}@127.0.0.1`;
    expect(await ssh([at, 'echo', 'let-in'])).toEqual({
      code: 1,
      said: expect.not.stringContaining('let-in'),
    });
    expect((await ssh(['-tt', at])).said).toContain('PTY allocation request failed');
    expect((await ssh(['-N', '-R', `127.0.0.1:${await unusedPort()}:127.0.0.1:1`, at])).said).toContain(
      'remote port forwarding failed',
    );
    expect((await ssh(['-N', '-R', `0.0.0.0:${remotePort}:127.0.0.1:1`, at])).said).toContain(
      'remote port forwarding failed',
    );
    expect((await ssh(['-W', `127.0.0.1:${modelPort}`, at])).said).toContain('administratively prohibited');
    const allowed = /key options: (.*)/
      .exec((await ssh(['-v', at])).said)?.[1]
      ?.trim()
      .split(' ')
      .toSorted();
    expect(allowed).toEqual(['command', 'permitlisten', 'permitopen', 'port-forwarding']);
  });

  it('no agent is forwarded, which happens without "restrict"', async () => {
    const { create, tunnels } = await testTunnels();
    const { id } = await create({
      ...fields,
      direction: 'reverse',
      localPort: modelPort,
      remotePort: await unusedPort(),
    });
    const { authorizedKeysLine: line } = await tunnels.setup(id);
    const shows = async (options: string): Promise<boolean> => {
      sshd.authorize([options]);
      return (await ssh(['-A', `${sshd.user}@127.0.0.1`], { prefix: ['ssh-agent'] })).said.includes(
        'SSH_AUTH_SOCK=',
      );
    };
    const told = (line ?? '').replace('command="false"', 'command="env"');
    expect(await shows(told.replace('restrict,', ''))).toBe(true);
    expect(await shows(told)).toBe(false);
  });

  it('a forward tunnel works, and the key can listen nowhere', async () => {
    const { create, until, tunnels } = await testTunnels();
    const { id } = await create({
      ...fields,
      direction: 'forward',
      remotePort: modelPort,
      localPort: await unusedPort(),
    });
    const { authorizedKeysLine: line } = await tunnels.setup(id);
    sshd.authorize([line ?? '']);
    await tunnels.startTunnel(id);
    await until(id, 'up');
    const at = `${sshd.user}@127.0.0.1`;
    expect((await ssh(['-N', '-R', `127.0.0.1:${await unusedPort()}:127.0.0.1:1`, at])).said).toContain(
      'remote port forwarding failed',
    );
    expect((await ssh(['-W', `127.0.0.1:${sshd.port}`, at])).said).toContain('administratively prohibited');
    expect(await ssh([at, 'echo', 'let-in'])).toEqual({
      code: 1,
      said: expect.not.stringContaining('let-in'),
    });
  });

  it('that an incoming tunnel makes of the other machine’s key, that machine’s tunnel works', async () => {
    const remotePort = await unusedPort();
    const b = await testTunnels();
    const incoming = await b.create({
      direction: 'incoming',
      name: 'from a',
      remotePort,
      publicKey: key.public,
    });
    const { authorizedKeysLine: line } = await b.tunnels.setup(incoming.id);
    sshd.authorize([line ?? '']);
    const a = await testTunnels();
    const { id } = await a.create({ ...fields, direction: 'reverse', localPort: modelPort, remotePort });
    expect(await a.until(id, 'up')).toMatchObject({ problem: null });
    await b.until(incoming.id, 'up');
  });
});

it('systemd finds no fault in the unit', async (context) => {
  if (!existsSync('/usr/bin/systemd-analyze')) context.skip('there is no systemd-analyze (Debian: systemd)');
  const { create, tunnels } = await testTunnels();
  const { id } = await create({
    ...fields,
    direction: 'reverse',
    localPort: modelPort,
    remotePort: await unusedPort(),
    jumpHost: 'me@jump:22',
  });
  const { systemdUnit } = await tunnels.setup(id);
  const file = join(tempDir(), 'llm-tunnel.service');
  writeFileSync(file, systemdUnit ?? '');
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});

it('the command of the set-up, pasted into a shell, is a tunnel that works', async () => {
  sshd.authorize([key.public]);
  const { create, tunnels } = await testTunnels();
  const remotePort = await unusedPort();
  const { id } = await create({ ...fields, direction: 'reverse', localPort: modelPort, remotePort });
  await tunnels.stopTunnel(id);
  const { command } = await tunnels.setup(id);
  const stop = new AbortController();
  const ended = new Promise((resolve) =>
    execFile('bash', ['-c', `exec ${command}`], { signal: stop.signal }, resolve),
  );
  try {
    await expect
      .poll(
        () =>
          fetch(`http://127.0.0.1:${remotePort}/health`).then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 10_000 },
      )
      .toBe(200);
  } finally {
    stop.abort();
    await ended;
  }
});
