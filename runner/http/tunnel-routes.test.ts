/** The REST of the tunnels, on whole runners and a real sshd. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorBodySchema } from '#contract/error-codes';
import { fillPath, PATHS } from '#contract/paths';
import {
  tunnelListResponseSchema,
  tunnelResponseSchema,
  tunnelSetupResponseSchema,
  tunnelTestResponseSchema,
} from '#contract/tunnel';
import type { Tunnel } from '#contract/tunnel';
import { newLlamaServer, script, scriptedServer } from '../serving/endpoints/testing/scripted-server.ts';
import { createTestApp, openStream } from '../testing/create-test-app.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { testRunner } from '../testing/test-runner.ts';
import { testSshd } from '../testing/test-sshd.ts';
import { unusedPort } from '../testing/unused-port.ts';
import { waitUntil } from '../testing/wait-until.ts';

type Context = { skip: (note: string) => void };

/** A model server here, an sshd that lets us in, and the body of a tunnel between them. */
async function twoMachines(context: Context) {
  const sshd = await testSshd(context);
  const key = sshd.makeKey('id');
  sshd.authorize([key.public]);
  await sshd.start();
  const model = await scriptedServer(script(newLlamaServer()));
  const body = {
    direction: 'reverse',
    name: 'to b',
    host: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    identityFile: key.file,
    localPort: Number(new URL(model.url).port),
    remotePort: await unusedPort(),
  };
  return { sshd, model, body };
}

async function created(app: HttpClient, body: object): Promise<Tunnel> {
  const { status, body: answer } = await app.post(PATHS.tunnels, body);
  expect(status).toBe(201);
  return tunnelResponseSchema.parse(answer).tunnel;
}

async function until(app: HttpClient, id: string, state: Tunnel['state']): Promise<Tunnel> {
  return waitUntil(`the tunnel to be ${state}`, async () => {
    const { tunnel } = tunnelResponseSchema.parse((await app.get(fillPath(PATHS.tunnel, id))).body);
    return tunnel.state === state && tunnel;
  });
}

const statesIn = (data: unknown): string[] =>
  tunnelListResponseSchema
    .omit({ ok: true })
    .parse(data)
    .tunnels.map(({ state }) => state);

async function send(
  app: HttpClient,
  [method, path]: [string, string],
  body: object,
): Promise<{ status: number; body: unknown }> {
  const init = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(app.url + path, init);
  return { status: response.status, body: await response.json() };
}

it('a tunnel is made, seen, asked, changed, stopped, started and removed', async (context) => {
  const { body } = await twoMachines(context);
  const app = await createTestApp();
  const { id } = await created(app, { ...body, apiKey: 's3cret' });
  await until(app, id, 'up');
  const list = await app.get(PATHS.tunnels);
  expect(tunnelListResponseSchema.parse(list.body).tunnels).toMatchObject([
    { id, hasApiKey: true, config: { name: 'to b' } },
  ]);
  expect(JSON.stringify(list.body)).not.toContain('s3cret');
  const before = (await until(app, id, 'up')).probes.length;
  const { tunnel } = tunnelResponseSchema.parse((await app.post(fillPath(PATHS.tunnelProbe, id))).body);
  expect(tunnel.probes.length).toBeGreaterThan(before);
  for (const method of ['PUT', 'PATCH']) {
    const changed = await send(app, [method, fillPath(PATHS.tunnel, id)], { name: `by ${method}` });
    expect(tunnelResponseSchema.parse(changed.body).tunnel).toMatchObject({
      state: 'up',
      hasApiKey: true,
      config: { name: `by ${method}` },
    });
  }
  const setup = tunnelSetupResponseSchema.parse((await app.get(fillPath(PATHS.tunnelSetup, id))).body);
  expect(setup).toMatchObject({
    command: expect.stringContaining('ssh'),
    authorizedKeysLine: expect.stringContaining('permitlisten='),
  });
  expect(tunnelResponseSchema.parse((await app.post(fillPath(PATHS.tunnelStop, id))).body).tunnel.state).toBe(
    'stopped',
  );
  expect(
    tunnelResponseSchema.parse((await app.post(fillPath(PATHS.tunnelForgetHostKey, id))).body).tunnel.state,
  ).toBe('stopped');
  expect((await app.post(fillPath(PATHS.tunnelStart, id))).status).toBe(200);
  await until(app, id, 'up');
  expect((await app.delete(fillPath(PATHS.tunnel, id))).body).toEqual({ ok: true });
  expect((await app.get(PATHS.processes)).body).toMatchObject({ processes: [] });
});

it('what another machine brings here is an endpoint like any other, also of the chat, and keeps its preset', async (context) => {
  const { body } = await twoMachines(context);
  const b = await createTestApp();
  const { id } = await created(b, {
    direction: 'incoming',
    name: 'GPU machine',
    remotePort: body.remotePort,
  });
  const a = await createTestApp();
  await created(a, body);
  await until(b, id, 'up');
  const endpoint = async () =>
    ((await b.get(fillPath(PATHS.endpoint, id))).body as { endpoint: Record<string, unknown> }).endpoint;
  await waitUntil('the endpoint to be online', async () => (await endpoint())['status'] === 'online');
  expect(await endpoint()).toMatchObject({
    source: 'tunnel',
    name: 'GPU machine',
    model: 'tiny-random.gguf',
  });
  const models = (await b.get('/v1/models')).body as { data: { id: string }[] };
  expect(models.data.map((model) => model.id)).toContain('tiny-random.gguf');
  await send(b, ['PATCH', fillPath(PATHS.endpoint, id)], { defaultPresetId: 'translator' });
  await b.post(fillPath(PATHS.tunnelStop, id));
  expect((await b.get(fillPath(PATHS.endpoint, id))).status).toBe(404);
  await b.post(fillPath(PATHS.tunnelStart, id));
  expect(await endpoint()).toMatchObject({ defaultPresetId: 'translator' });
});

it('the stream of all tells of every tunnel at the start and after each change', async (context) => {
  const { body } = await twoMachines(context);
  const app = await createTestApp();
  const stream = await openStream(`${app.url}${PATHS.streamAll}`);
  const { id } = await created(app, body);
  const until = (wanted: string) =>
    stream.until(({ event, data }) => event === 'tunnels' && statesIn(data).join() === wanted);
  const seen = await until('up');
  expect(statesIn(seen.find(({ event }) => event === 'tunnels')?.data)).toEqual([]);
  expect(seen.flatMap(({ event, data }) => (event === 'tunnels' ? statesIn(data) : []))).toContain(
    'connecting',
  );
  await app.delete(fillPath(PATHS.tunnel, id));
  await until('');
});

it('a tunnel outlives a runner that is killed: the next one takes up the same ssh', async (context) => {
  const { body } = await twoMachines(context);
  const dataDir = tempDir();
  const first = await testRunner(dataDir);
  const { id } = await created(first, body);
  await until(first, id, 'up');
  const pidOf = async (runner: HttpClient) =>
    ((await runner.get(fillPath(PATHS.process, `tunnel-${id}`))).body['process'] as { pid: number }).pid;
  const pid = await pidOf(first);
  await first.end('SIGKILL');
  expect((await fetch(`http://127.0.0.1:${body.remotePort}/health`)).status).toBe(200);
  const second = await testRunner(dataDir);
  expect(await until(second, id, 'up')).toMatchObject({ restarts: 0, problem: null });
  expect(await pidOf(second)).toBe(pid);
  await second.end('SIGTERM');
  await expect(fetch(`http://127.0.0.1:${body.remotePort}/health`)).rejects.toThrow();
});

it('a try tells how far a tunnel would come', async (context) => {
  const { body } = await twoMachines(context);
  const app = await createTestApp();
  const { status, body: answer } = await app.post(PATHS.tunnelTest, { ...body, port: await unusedPort() });
  expect(status).toBe(200);
  expect(tunnelTestResponseSchema.parse(answer)).toMatchObject({
    steps: [
      { step: 'target', ok: true },
      { step: 'connect', ok: false },
    ],
    problem: { code: 'connection-refused' },
  });
});

it('a damaged file of tunnels is reported, and the runner starts without them', async () => {
  const dataDir = tempDir();
  writeFileSync(join(dataDir, 'tunnels.json'), 'no json');
  const app = await createTestApp({ dataDir });
  expect((await app.get(PATHS.tunnels)).body).toEqual({ ok: true, tunnels: [] });
  expect(JSON.stringify((await app.get(PATHS.system)).body)).toContain('tunnels.json.corrupt-');
});

describe('bad input', () => {
  const GOOD = { direction: 'reverse', name: 'x', host: 'b.invalid', localPort: 8000, remotePort: 8080 };
  it.each([
    ['host', '-oProxyCommand=touch /tmp/x'],
    ['user', '-oProxyCommand=id'],
    ['jumpHost', '-oProxyCommand=id'],
    ['identityFile', '/k"\nProxyCommand id'],
    ['bindAddress', '0.0.0.0:1 -oProxyCommand=id'],
    ['remotePort', 0],
    ['localPort', 65_536],
    ['name', ' '],
    ['sudo', true],
  ])('%s %j is a 400 that names the field', async (field, value) => {
    const app = await createTestApp();
    const { status, body } = await app.post(PATHS.tunnels, { ...GOOD, [field]: value });
    expect(status).toBe(400);
    expect(JSON.stringify(errorBodySchema.parse(body).error)).toContain(field);
    expect((await app.get(PATHS.tunnels)).body).toMatchObject({ tunnels: [] });
  });

  it.each([
    ['GET', PATHS.tunnel],
    ['PUT', PATHS.tunnel],
    ['DELETE', PATHS.tunnel],
    ['POST', PATHS.tunnelStart],
    ['POST', PATHS.tunnelStop],
    ['POST', PATHS.tunnelProbe],
    ['GET', PATHS.tunnelSetup],
    ['POST', PATHS.tunnelForgetHostKey],
  ])('%s %s of an unknown one is a 404', async (method, path) => {
    const app = await createTestApp();
    const init = {
      method,
      ...(method === 'PUT' && { body: '{}', headers: { 'content-type': 'application/json' } }),
    };
    const response = await fetch(app.url + fillPath(path, 'nobody'), init);
    expect(response.status).toBe(404);
    expect(errorBodySchema.parse(await response.json()).error.code).toBe('TUNNEL_NOT_FOUND');
  });
});
