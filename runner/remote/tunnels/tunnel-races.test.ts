/** What happens to a tunnel while something else happens to it, and what an earlier runner left. Through a real sshd. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { tunnelInputSchema } from '#contract/tunnel';
import { newLlamaServer, script, scriptedServer } from '../../serving/endpoints/testing/scripted-server.ts';
import { testSshd } from '../../testing/test-sshd.ts';
import type { Sshd } from '../../testing/sshd.ts';
import { testTunnels } from '../../testing/test-tunnels.ts';
import type { TestTunnels } from '../../testing/test-tunnels.ts';
import { unusedPort } from '../../testing/unused-port.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { isAlive, waitUntil } from '../../testing/wait-until.ts';
import { askThrough } from './ask-through.ts';
import type { SshRun } from './ports.ts';
import { TunnelRegistry } from './tunnel-registry.ts';

let sshd: Sshd;
let reverse: Record<string, unknown>;

beforeEach(async (context) => {
  sshd = await testSshd(context);
  const key = sshd.makeKey('id');
  sshd.authorize([key.public]);
  await sshd.start();
  const model = await scriptedServer(script(newLlamaServer()));
  reverse = {
    direction: 'reverse',
    name: 'to b',
    host: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    identityFile: key.file,
    localPort: Number(new URL(model.url).port),
    remotePort: await unusedPort(),
  };
});

const living = ({ supervisor }: TestTunnels): string[] =>
  supervisor
    .list()
    .flatMap(({ id, state }) => (['starting', 'loading', 'ready'].includes(state) ? [id] : []));
const argsOf = ({ supervisor }: TestTunnels, id: string): string =>
  supervisor.get(`tunnel-${id}`).spec.args.join(' ');

describe('at the same time', () => {
  it('a tunnel that is removed while it is changed is gone, with its ssh and in its file', async () => {
    const host = await testTunnels();
    const { id } = await host.create(reverse);
    await host.until(id, 'up');
    const remotePort = await unusedPort();
    await Promise.allSettled([host.tunnels.change(id, { remotePort }), host.tunnels.remove(id)]);
    expect(host.tunnels.list()).toEqual([]);
    expect(living(host)).toEqual([]);
    expect(readFileSync(join(host.dataDir, 'tunnels.json'), 'utf8')).not.toContain(id);
  });

  it('a tunnel that is changed while it is removed stays removed', async () => {
    const host = await testTunnels();
    const { id } = await host.create(reverse);
    await host.until(id, 'up');
    const removing = host.tunnels.remove(id);
    await expect(host.tunnels.change(id, { name: 'other' })).rejects.toMatchObject({
      code: 'TUNNEL_NOT_FOUND',
    });
    await removing;
    expect(readFileSync(join(host.dataDir, 'tunnels.json'), 'utf8')).not.toContain(id);
  });

  it('of two changes the later one is what runs', async () => {
    const host = await testTunnels();
    const { id } = await host.create(reverse);
    await host.until(id, 'up');
    const ports = [await unusedPort(), await unusedPort()];
    await Promise.all(ports.map((remotePort) => host.tunnels.change(id, { remotePort })));
    await host.until(id, 'up');
    expect(host.tunnels.get(id).config).toMatchObject({ remotePort: ports[1] });
    expect(argsOf(host, id)).toContain(`127.0.0.1:${ports[1]}:`);
  });

  it('a start that comes while it stops is obeyed, and so is a stop that comes while it is changed', async () => {
    const host = await testTunnels();
    const { id } = await host.create(reverse);
    await host.until(id, 'up');
    await Promise.all([host.tunnels.stopTunnel(id), host.tunnels.startTunnel(id)]);
    await host.until(id, 'up');
    const remotePort = await unusedPort();
    await Promise.all([host.tunnels.change(id, { remotePort }), host.tunnels.stopTunnel(id)]);
    expect(host.tunnels.get(id).state).toBe('stopped');
    expect(living(host)).toEqual([]);
  });

  it('a tunnel that is removed while it connects, or waits to, leaves nothing', async () => {
    sshd.signal('SIGSTOP');
    const host = await testTunnels();
    const { id } = await host.create(reverse);
    await host.tunnels.remove(id);
    const waiting = await host.create({ ...reverse, host: 'no-such-host.invalid' });
    await host.problem(waiting.id, 'host-unknown');
    await host.tunnels.remove(waiting.id);
    expect(host.supervisor.list()).toEqual([]);
    expect(readdirSync(join(host.dataDir, 'ssh')).filter((name) => name.endsWith('.conf'))).toEqual([]);
  });
});

it('a test that cannot start leaves nothing behind', async () => {
  const host = await testTunnels();
  const holder = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void holder.close());
  await new Promise((resolve) => holder.once('listening', resolve));
  const { localPort: _, ...rest } = reverse;
  const { port } = holder.address() as AddressInfo;
  const input = { ...rest, direction: 'forward', localPort: port } as never;
  const { problem } = await host.tunnels.test({
    bindAddress: '127.0.0.1',
    remoteHost: '127.0.0.1',
    jumpHost: null,
    ...(input as object),
  } as never);
  expect(problem).toMatchObject({ code: 'local-port-busy' });
  expect(host.supervisor.list()).toEqual([]);
  expect(readdirSync(join(host.dataDir, 'ssh'))).toEqual([]);
});

describe('of an earlier runner', () => {
  async function leftBehind(
    change: (tunnels: { id: string; config: Record<string, unknown> }[]) => unknown[],
  ) {
    const first = await testTunnels();
    const { id } = await first.create(reverse);
    await first.until(id, 'up');
    const { pid } = first.supervisor.get(`tunnel-${id}`).snapshot;
    await first.tunnels.stop();
    await first.supervisor.stop({ keepProcesses: true });
    const file = join(first.dataDir, 'tunnels.json');
    const { version, tunnels } = JSON.parse(readFileSync(file, 'utf8')) as {
      version: number;
      tunnels: never[];
    };
    writeFileSync(file, JSON.stringify({ version, tunnels: change(tunnels) }));
    return { id, pid: pid ?? 0, second: await testTunnels({ dataDir: first.dataDir }) };
  }

  it('the ssh of a tunnel that was removed as it died is ended', async () => {
    const { pid, second } = await leftBehind(() => []);
    expect(isAlive(pid)).toBe(false);
    expect(second.supervisor.list()).toEqual([]);
  });

  it('the ssh of a tunnel that was changed as it died gives way to what was stored', async () => {
    const remotePort = await unusedPort();
    const { id, pid, second } = await leftBehind((tunnels) =>
      tunnels.map(({ config, ...rest }) => ({ ...rest, config: { ...config, remotePort } })),
    );
    await second.until(id, 'up');
    expect(isAlive(pid)).toBe(false);
    expect(argsOf(second, id)).toContain(`127.0.0.1:${remotePort}:`);
  });
});

it('a host key of the user’s own file is not said to be forgotten: the command that does it is', async () => {
  const run: SshRun = {
    gone: AbortSignal.abort(),
    isIn: Promise.resolve(false),
    wasStopped: false,
    isVerbose: false,
    probePort: null,
    fits: () => true,
    end: () => Promise.resolve(),
    lastLines: () =>
      Promise.resolve([
        'Offending ED25519 key in /home/me/.ssh/known_hosts:1',
        'Host key for b has changed and you …',
      ]),
  };
  const tunnels = new TunnelRegistry({
    file: join(tempDir(), 'tunnels.json'),
    knownHosts: '/d/known_hosts',
    newId: () => 'a',
    ssh: {
      start: () => Promise.resolve(run),
      adopt: () => null,
      ids: () => [],
      forget: () => undefined,
      onAppear: () => () => undefined,
    },
    setup: () => ({
      command: null,
      systemdUnit: null,
      authorizedKeysLine: null,
      notes: [],
    }),
    validate: (value) => tunnelInputSchema.parse(value),
  });
  onTestFinished(() => tunnels.stop());
  const { id } = await tunnels.create(
    tunnelInputSchema.parse({ direction: 'reverse', name: 't', host: 'b', localPort: 1, remotePort: 1 }),
  );
  await waitUntil('the problem', () => tunnels.get(id).problem?.code === 'host-key-changed');
  await expect(tunnels.forgetHostKey(id)).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringContaining('ssh-keygen -f "/home/me/.ssh/known_hosts" -R "b"') as string,
  });
});

it('a server that wants to speak something else than HTTP does not keep the question waiting', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const signal = new AbortController().signal;
  expect(await askThrough({ host: '127.0.0.1', port }, { signal, timeoutMs: 5_000 })).toEqual({
    isAnswered: false,
    why: 'closed',
  });
});
