/** Tunnels through a real sshd. */
import { beforeEach, describe, expect, it } from 'vitest';
import { tunnelInputSchema } from '#contract/tunnel';
import { newLlamaServer, script, scriptedServer } from '../../serving/endpoints/testing/scripted-server.ts';
import type { ScriptedServer } from '../../serving/endpoints/testing/scripted-server.ts';
import { testSshd } from '../../testing/test-sshd.ts';
import type { Sshd } from '../../testing/sshd.ts';
import { testTunnels } from '../../testing/test-tunnels.ts';
import { unusedPort } from '../../testing/unused-port.ts';
import { isAlive, waitUntil } from '../../testing/wait-until.ts';

let sshd: Sshd;
let model: ScriptedServer;
let ports: { remote: number; local: number };
let reverse: Record<string, unknown>;

beforeEach(async (context) => {
  sshd = await testSshd(context);
  const key = sshd.makeKey('id');
  sshd.authorize([key.public]);
  await sshd.start();
  model = await scriptedServer(script(newLlamaServer()));
  ports = { remote: await unusedPort(), local: Number(new URL(model.url).port) };
  reverse = {
    direction: 'reverse',
    name: 'to b',
    host: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    identityFile: key.file,
    localPort: ports.local,
    remotePort: ports.remote,
  };
});

const ask = async (port: number): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}/v1/models`)).status;

describe('a tunnel', () => {
  it('brings a server of this machine to the other one, is asked through both, and ends without a trace', async () => {
    const { create, until, tunnels, supervisor, lines } = await testTunnels();
    const { id, state } = await create(reverse);
    expect(state).toBe('connecting');
    const up = await until(id, 'up');
    expect(up).toMatchObject({
      problem: null,
      processId: `tunnel-${id}`,
      endpointId: null,
      restarts: 0,
      upSince: expect.any(String),
    });
    expect(up.latencyMs).toBeGreaterThan(0);
    expect(await ask(ports.remote)).toBe(200);
    expect(await lines(`tunnel-${id}`)).toContainEqual(
      expect.stringMatching(/^Authenticated to 127\.0\.0\.1/),
    );
    expect(supervisor.get(`tunnel-${id}`).snapshot).toMatchObject({
      recipe: 'ssh-tunnel',
      state: 'ready',
      restartPolicy: 'never',
    });
    const pid = supervisor.get(`tunnel-${id}`).snapshot.pid ?? 0;
    await tunnels.stopTunnel(id);
    expect(tunnels.get(id)).toMatchObject({ state: 'stopped', problem: null, upSince: null });
    expect(isAlive(pid)).toBe(false);
    await expect(ask(ports.remote)).rejects.toThrow();
    await tunnels.remove(id);
    expect(tunnels.list()).toEqual([]);
    expect(supervisor.has(`tunnel-${id}`)).toBe(false);
  });

  it('brings a server of the other machine here, as an endpoint of its own', async () => {
    const { create, until, tunnels, endpoints } = await testTunnels();
    const local = await unusedPort();
    const { localPort: _, ...rest } = reverse;
    const { id } = await create({
      ...rest,
      direction: 'forward',
      remotePort: ports.local,
      localPort: local,
      apiKey: 's3cret',
    });
    expect(await until(id, 'up')).toMatchObject({ endpointId: id, hasApiKey: true });
    expect(JSON.stringify(tunnels.list())).not.toContain('s3cret');
    expect(endpoints()).toEqual([
      { id, source: 'tunnel', name: 'to b', baseUrl: `http://127.0.0.1:${local}`, apiKey: 's3cret' },
    ]);
    expect(await ask(local)).toBe(200);
    await tunnels.stopTunnel(id);
    expect(endpoints()).toEqual([]);
  });

  it('that ends here is watched, and has an endpoint for as long as it is wanted', async () => {
    const b = await testTunnels();
    const { id } = await b.create({ direction: 'incoming', name: 'from a', remotePort: ports.remote });
    await b.problem(id, 'incoming-absent');
    expect(b.endpoints()).toMatchObject([{ id, baseUrl: `http://127.0.0.1:${ports.remote}` }]);
    const a = await testTunnels();
    const outgoing = await a.create(reverse);
    expect(await b.until(id, 'up')).toMatchObject({ processId: null, endpointId: id });
    await a.tunnels.stopTunnel(outgoing.id);
    expect(await b.until(id, 'down')).toMatchObject({ problem: { code: 'incoming-absent' } });
    await b.tunnels.remove(id);
    expect(b.endpoints()).toEqual([]);
  });

  it('is kept in a private file, and started by the next runner', async () => {
    const first = await testTunnels();
    const { id } = await first.create({ ...reverse, apiKey: 's3cret' });
    await first.until(id, 'up');
    await first.tunnels.stop();
    await first.supervisor.stop({ keepProcesses: false });
    const second = await testTunnels({ dataDir: first.dataDir });
    expect(await second.until(id, 'up')).toMatchObject({ id, hasApiKey: true, restarts: 0 });
  });

  it('that lives when its runner dies is taken up by the next one: the same ssh, no second one', async () => {
    const first = await testTunnels();
    const { id } = await first.create({ ...reverse, startWithRunner: false });
    await first.until(id, 'up');
    const { pid, run } = first.supervisor.get(`tunnel-${id}`).snapshot;
    await first.tunnels.stop();
    await first.supervisor.stop({ keepProcesses: true });
    const second = await testTunnels({ dataDir: first.dataDir });
    expect(await second.until(id, 'up')).toMatchObject({ restarts: 0, problem: null });
    expect(second.supervisor.get(`tunnel-${id}`).snapshot).toMatchObject({ pid, run });
    sshd.sessions().forEach((session) => process.kill(session, 'SIGKILL'));
    await waitUntil('a new connection', () => second.tunnels.get(id).restarts === 1);
    await second.until(id, 'up');
  });

  it('whose process somebody stops is stopped, and goes on when that is restarted', async () => {
    const { create, until, tunnels, supervisor } = await testTunnels();
    const { id } = await create(reverse);
    await until(id, 'up');
    await supervisor.stopProcess(`tunnel-${id}`);
    await until(id, 'stopped');
    await supervisor.restart(`tunnel-${id}`);
    await until(id, 'up');
    await tunnels.stopTunnel(id);
    expect(supervisor.get(`tunnel-${id}`).snapshot.state).toBe('exited');
  });

  it('is connected anew when its ports are changed, and not for a new name', async () => {
    const { create, until, tunnels, supervisor } = await testTunnels();
    const { id } = await create({ ...reverse, apiKey: 's3cret' });
    await until(id, 'up');
    expect(await tunnels.change(id, { name: 'renamed' })).toMatchObject({
      state: 'up',
      hasApiKey: true,
      config: { name: 'renamed' },
    });
    expect(supervisor.get(`tunnel-${id}`).snapshot.run).toBe(1);
    const remotePort = await unusedPort();
    await tunnels.change(id, { remotePort, apiKey: '' });
    expect(await until(id, 'up')).toMatchObject({
      hasApiKey: false,
      config: { remotePort, name: 'renamed', localPort: ports.local },
    });
    expect(await ask(remotePort)).toBe(200);
    await expect(tunnels.change(id, { host: '-oProxyCommand=id' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });

  it('that would listen where another does, or has its name, is refused', async () => {
    const { create } = await testTunnels();
    const { id } = await create(reverse);
    await expect(create({ ...reverse, remotePort: await unusedPort() })).rejects.toMatchObject({
      code: 'TUNNEL_EXISTS',
      details: { id },
    });
    await expect(create({ ...reverse, name: 'other' })).rejects.toMatchObject({
      code: 'TUNNEL_EXISTS',
      details: { id },
    });
  });
});

describe('a test of a tunnel', () => {
  it('tells each step, and leaves nothing behind', async () => {
    const { tunnels, supervisor } = await testTunnels();
    const { steps, problem } = await tunnels.test(tunnelInputSchema.parse(reverse));
    expect({ steps: steps.map(({ step, ok }) => [step, ok]), problem }).toEqual({
      steps: [
        ['target', true],
        ['connect', true],
        ['forward', true],
        ['probe', true],
      ],
      problem: null,
    });
    expect(supervisor.list()).toEqual([]);
    await expect(ask(ports.remote)).rejects.toThrow();
  });

  it('says where it ends', async () => {
    const { tunnels } = await testTunnels();
    const test = async (fields: object) => {
      const { steps, problem } = await tunnels.test(tunnelInputSchema.parse({ ...reverse, ...fields }));
      return { failed: steps.filter(({ ok }) => !ok).map(({ step }) => step), code: problem?.code };
    };
    expect(await test({ localPort: await unusedPort() })).toEqual({
      failed: ['target', 'probe'],
      code: 'target-down',
    });
    expect(await test({ remotePort: sshd.port })).toEqual({ failed: ['forward'], code: 'remote-port-busy' });
    expect(await test({ identityFile: sshd.makeKey('other').file })).toEqual({
      failed: ['connect'],
      code: 'key-refused',
    });
    expect(await test({ identityFile: '/no/such/key' })).toEqual({
      failed: ['connect'],
      code: 'identity-missing',
    });
    expect(await test({ port: await unusedPort() })).toEqual({
      failed: ['connect'],
      code: 'connection-refused',
    });
    const { steps } = await tunnels.test(
      tunnelInputSchema.parse({ direction: 'incoming', name: 'x', remotePort: ports.remote }),
    );
    expect(steps).toMatchObject([{ step: 'forward', ok: false }]);
  });
});
