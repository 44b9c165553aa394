/** What goes wrong with tunnels, with a real sshd that is stopped, frozen, changed or strict. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { newLlamaServer, script, scriptedServer } from '../../serving/endpoints/testing/scripted-server.ts';
import type { ScriptedServer } from '../../serving/endpoints/testing/scripted-server.ts';
import { signal } from '../../testing/sshd.ts';
import type { Sshd } from '../../testing/sshd.ts';
import { testSshd } from '../../testing/test-sshd.ts';
import { testTunnels } from '../../testing/test-tunnels.ts';
import { unusedPort } from '../../testing/unused-port.ts';
import { waitUntil } from '../../testing/wait-until.ts';

let sshd: Sshd;
let model: ScriptedServer;
let remotePort: number;
let publicKey: string;
let reverse: Record<string, unknown>;

beforeEach(async (context) => {
  sshd = await testSshd(context);
  const key = sshd.makeKey('id');
  publicKey = key.public;
  sshd.authorize([publicKey]);
  model = await scriptedServer(script(newLlamaServer()));
  remotePort = await unusedPort();
  reverse = {
    direction: 'reverse',
    name: 'to b',
    host: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    identityFile: key.file,
    localPort: Number(new URL(model.url).port),
    remotePort,
  };
});

const port = () => ({ local: Number(new URL(model.url).port) });

describe('the other machine', () => {
  it('is stopped and comes back: the tunnel says so, and is up again by itself', async () => {
    await sshd.start();
    const { create, until, problem } = await testTunnels();
    const { id } = await create(reverse);
    await until(id, 'up');
    await sshd.stop();
    expect(await problem(id, 'connection-refused')).toMatchObject({
      message: `127.0.0.1 refused the connection to port ${sshd.port}: no sshd listens there.`,
    });
    await sshd.start();
    expect(await until(id, 'up')).toMatchObject({ problem: null, nextTryAt: null });
  });

  it('falls asleep and wakes: the tunnel is degraded, then given up, and up again', async () => {
    await sshd.start();
    const { create, until, tunnels } = await testTunnels();
    const { id } = await create(reverse);
    await until(id, 'up');
    sshd.signal('SIGSTOP');
    expect(await until(id, 'degraded')).toMatchObject({
      problem: { code: 'no-answer-through' },
      upSince: null,
    });
    await waitUntil(
      'the dead connection to be given up',
      () => tunnels.get(id).problem?.code === 'tunnel-dead',
    );
    expect(tunnels.get(id).probes.at(-1)).toMatchObject({ ms: null });
    sshd.signal('SIGCONT');
    await until(id, 'up');
  });

  it('keeps the port with a stale session: that is said, and the tunnel comes up when the session is gone', async () => {
    await sshd.start();
    const { create, until, problem } = await testTunnels();
    const { id } = await create(reverse);
    await until(id, 'up');
    const stale = sshd.sessions();
    for (const pid of stale) signal(pid, 'SIGSTOP');
    const busy = await problem(id, 'remote-port-busy');
    expect(busy.suggestion).toContain(`sudo ss -ltnp "sport = :${remotePort}"`);
    for (const pid of stale) signal(pid, 'SIGKILL');
    await until(id, 'up');
  });

  it('has another host key: nothing is tried again until a person says that the old one is to be forgotten', async () => {
    await sshd.start();
    const { create, until, problem, tunnels } = await testTunnels();
    const { id } = await create(reverse);
    await until(id, 'up');
    await sshd.stop();
    sshd.makeHostKey();
    await sshd.start();
    const changed = await problem(id, 'host-key-changed');
    expect(changed.suggestion).toMatch(/ssh-keygen -f ".*known_hosts" -R "\[127\.0\.0\.1\]:\d+"$/);
    expect(await until(id, 'down')).toMatchObject({ nextTryAt: null });
    await tunnels.forgetHostKey(id);
    await until(id, 'up');
  });

  it('does not know the key: the key is named, and it is tried again when somebody asks', async () => {
    sshd.authorize([sshd.makeKey('other').public]);
    await sshd.start();
    const { create, until, problem, tunnels } = await testTunnels();
    const { id } = await create(reverse);
    await problem(id, 'key-refused');
    await waitUntil('the key that was offered', () => tunnels.get(id).problem?.message.includes('SHA256:'));
    expect(tunnels.get(id).problem?.message).toContain(String(reverse['identityFile']));
    sshd.authorize([publicKey]);
    await tunnels.startTunnel(id);
    await until(id, 'up');
  });

  it('forbids the port to the key: that is told apart from a port that is taken', async () => {
    sshd.authorize([`restrict,port-forwarding,permitlisten="127.0.0.1:1" ${publicKey}`]);
    await sshd.start();
    const { create, problem, until } = await testTunnels();
    const { id } = await create(reverse);
    expect(await problem(id, 'forwarding-prohibited')).toMatchObject({
      values: { target: `127.0.0.1:${remotePort}` },
    });
    expect(Date.parse((await until(id, 'down')).nextTryAt ?? '') - Date.now()).toBeGreaterThan(60_000);
  });

  it('forbids the probe: the tunnel is up, and says what would let it be tested', async () => {
    sshd.authorize([
      `restrict,port-forwarding,permitlisten="127.0.0.1:${remotePort}",permitopen="127.0.0.1:1" ${publicKey}`,
    ]);
    await sshd.start();
    const { create, until, problem, lines } = await testTunnels();
    const { id } = await create(reverse);
    const { suggestion } = await problem(id, 'probe-forbidden');
    expect(suggestion).toContain(`permitopen="127.0.0.1:${remotePort}"`);
    expect(await until(id, 'up')).toMatchObject({ latencyMs: null, problem: { code: 'probe-forbidden' } });
    expect((await fetch(`http://127.0.0.1:${remotePort}/health`)).status).toBe(200);
    await model.close();
    await problem(id, 'target-down');
    await model.listen();
    await until(id, 'up');
    // Each probe that is refused would be a line in its log for ever.
    expect((await lines(`tunnel-${id}`)).filter((line) => line.includes('prohibited')).length).toBeLessThan(
      4,
    );
  });

  it('is reached through a jump host with the same key; what fails there is said', async () => {
    await sshd.start();
    const { create, until, problem, tunnels } = await testTunnels();
    const { id } = await create({ ...reverse, jumpHost: `${sshd.user}@localhost:${sshd.port}` });
    await until(id, 'up');
    await tunnels.change(id, { jumpHost: 'no-such-host.invalid' });
    expect(await problem(id, 'jump-failed')).toMatchObject({ values: { jump: 'no-such-host.invalid' } });
    expect(tunnels.get(id).problem?.message).toContain('Could not resolve hostname no-such-host.invalid');
  });
});

describe('this machine', () => {
  it('loses its model server: the tunnel is degraded and stays, and is up when the server is back', async () => {
    await sshd.start();
    const { create, until, supervisor, tunnels } = await testTunnels();
    const { id } = await create(reverse);
    await until(id, 'up');
    await model.close();
    expect(await until(id, 'degraded')).toMatchObject({
      problem: { code: 'target-down', values: { address: `127.0.0.1:${port().local}` } },
    });
    await model.listen();
    await until(id, 'up');
    expect(tunnels.get(id).restarts).toBe(0);
    expect(supervisor.get(`tunnel-${id}`).snapshot.run).toBe(1);
  });

  it('sees a model server of the other one that is down, without connecting anew', async () => {
    await sshd.start();
    const { create, until, problem, tunnels } = await testTunnels();
    const { localPort: _, ...rest } = reverse;
    const { id } = await create({
      ...rest,
      direction: 'forward',
      remotePort: port().local,
      localPort: await unusedPort(),
    });
    await until(id, 'up');
    await model.close();
    expect(await problem(id, 'remote-target-down')).toMatchObject({
      values: { address: `127.0.0.1:${port().local}` },
    });
    await model.listen();
    await until(id, 'up');
    expect(tunnels.get(id).restarts).toBe(0);
  });

  it('has the port of a forward tunnel in use: the holder is named', async () => {
    await sshd.start();
    const { create, problem } = await testTunnels();
    const { localPort: _, ...rest } = reverse;
    const { id } = await create({ ...rest, direction: 'forward', remotePort, localPort: port().local });
    expect((await problem(id, 'local-port-busy')).message).toContain(String(process.pid));
  });

  it.each([
    ['an identity file that is not there', { identityFile: '/no/such/key' }, 'identity-missing'],
    ['a host name that nobody knows', { host: 'no-such-host.invalid' }, 'host-unknown'],
  ])('is given %s', async (_what, fields, code) => {
    const { create, problem } = await testTunnels();
    await problem((await create({ ...reverse, ...fields })).id, code);
  });

  it('lets others read the identity file', async () => {
    const { create, problem } = await testTunnels();
    chmodSync(String(reverse['identityFile']), 0o644);
    await problem((await create(reverse)).id, 'identity-open');
  });

  it('has a key with a passphrase, and no agent that knows it', async () => {
    const file = join(sshd.dir, 'locked');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret', '-f', file]);
    sshd.authorize([readFileSync(`${file}.pub`, 'utf8').trim()]);
    await sshd.start();
    const { create, problem } = await testTunnels();
    expect(
      (await problem((await create({ ...reverse, identityFile: file })).id, 'identity-locked')).suggestion,
    ).toContain(`ssh-add ${file}`);
  });

  it('has no ssh', async () => {
    const { create, problem } = await testTunnels();
    vi.stubEnv('PATH', '/nowhere');
    try {
      await problem((await create(reverse)).id, 'ssh-missing');
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
