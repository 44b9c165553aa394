import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { errorBodySchema } from '#contract/error-codes';
import { mqttSettingsResponseSchema, mqttStatusResponseSchema, mqttTestResponseSchema } from '#contract/mqtt';
import { createTestApp } from '../testing/create-test-app.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { startMosquitto } from '../testing/test-mosquitto.ts';
import { unusedPort } from '../testing/unused-port.ts';
import { waitUntil } from '../testing/wait-until.ts';

interface Answer {
  status: number;
  body: unknown;
}

async function send(url: string, method: string, body: object): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

it('what the environment sets is shown as fixed, and cannot be changed', async () => {
  const port = await unusedPort();
  const env = { MQTT_BROKER_URL: `mqtt://me:from-environment@127.0.0.1:${port}`, MQTT_PREFIX: 'site/llm' };
  const app = await createTestApp({ env });
  const { settings, hasPassword, fixed } = mqttSettingsResponseSchema.parse(
    (await app.get('/api/mqtt/settings')).body,
  );
  expect(settings).toMatchObject({
    isEnabled: true,
    broker: 'external',
    url: `mqtt://127.0.0.1:${port}`,
    username: 'me',
    prefix: 'site/llm',
  });
  expect([hasPassword, fixed.toSorted()]).toEqual([
    true,
    ['broker', 'isEnabled', 'password', 'prefix', 'url', 'username'],
  ]);
  const refused = await send(`${app.url}/api/mqtt/settings`, 'PUT', {
    ...settings,
    prefix: 'other',
    password: 'x',
  });
  expect(refused.status).toBe(400);
  expect(errorBodySchema.parse(refused.body).error.details).toMatchObject([
    { path: 'prefix' },
    { path: 'password' },
  ]);
  const changed = await send(`${app.url}/api/mqtt/settings`, 'PUT', { ...settings, projects: ['demo'] });
  expect(mqttSettingsResponseSchema.parse(changed.body).settings.projects).toEqual(['demo']);
  const status = await waitUntil('the problem', async () => {
    const found = mqttStatusResponseSchema.parse((await app.get('/api/mqtt')).body);
    return found.problem !== null && found;
  });
  expect(status).toMatchObject({
    state: 'connecting',
    problem: { code: 'refused', suggestion: expect.stringContaining('Start the broker') as string },
  });
});

it('a field that is wrong is named, a password for one broker is not sent to another', async () => {
  const app = await createTestApp();
  const { settings } = mqttSettingsResponseSchema.parse((await app.get('/api/mqtt/settings')).body);
  const put = (change: object): Promise<Answer> =>
    send(`${app.url}/api/mqtt/settings`, 'PUT', { ...settings, ...change });
  for (const change of [
    { prefix: 'a/#' },
    { url: 'http://x' },
    { url: 'mqtt://a:b@x' },
    { broker: 'external' },
    { projects: ['+'] },
    { odd: 1 },
  ]) {
    expect(await put(change)).toMatchObject({ status: 400, body: { error: { code: 'INVALID_REQUEST' } } });
  }
  await put({ url: 'mqtt://one.invalid', password: 'for one' });
  expect((await put({ url: 'mqtt://one.invalid' })).body).toMatchObject({ hasPassword: true });
  expect((await put({ url: 'mqtt://two.invalid' })).body).toMatchObject({ hasPassword: false });
});

it('a password that was saved for one broker is not sent to the one that the environment names', async () => {
  const dataDir = tempDir();
  const first = await createTestApp({ dataDir });
  const { settings } = mqttSettingsResponseSchema.parse((await first.get('/api/mqtt/settings')).body);
  await send(`${first.url}/api/mqtt/settings`, 'PUT', {
    ...settings,
    broker: 'external',
    url: 'mqtt://one.invalid',
    password: 'for one',
  });
  await first.runner.stop({ keepProcesses: false, graceMs: 0 });
  const second = await createTestApp({
    dataDir,
    env: { MQTT_BROKER_URL: `mqtt://127.0.0.1:${await unusedPort()}` },
  });
  expect((await second.get('/api/mqtt/settings')).body).toMatchObject({ hasPassword: false });
});

it('a test of the broker works with settings that are not saved, and says what is wrong with them', async () => {
  const broker = await startMosquitto();
  onTestFinished(() => broker.end());
  const app = await createTestApp();
  const { settings } = mqttSettingsResponseSchema.parse((await app.get('/api/mqtt/settings')).body);
  const test = async (change: object) => {
    const { body } = await send(`${app.url}/api/mqtt/test`, 'POST', {
      ...settings,
      broker: 'external',
      url: broker.url,
      ...change,
    });
    return mqttTestResponseSchema.parse(body);
  };
  const good = await test({});
  expect([good.problem, good.protocol, good.steps.map(({ ok }) => ok)]).toEqual([
    null,
    5,
    [true, true, true],
  ]);
  expect((await test({ caFile: '/no/such/file.pem' })).problem).toMatchObject({
    code: 'ca-unreadable',
    message: expect.stringContaining('file.pem') as string,
    values: { file: '/no/such/file.pem' },
  });
  expect((await app.post('/api/mqtt/test')).body).toMatchObject({
    problem: { message: expect.stringContaining('not running') as string },
  });
  expect((await app.get('/api/mqtt')).body).toMatchObject({ state: 'off' });
});

it('an embedded broker whose port is taken is told in the status, and the runner works on', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void holder.close());
  await waitUntil('the holder of the port', () => holder.listening);
  const { port } = holder.address() as AddressInfo;
  const app = await createTestApp({ env: { LLM_COMM_MODE: 'mqtt', MQTT_EMBEDDED_PORT: String(port) } });
  expect((await app.get('/api/mqtt')).body).toMatchObject({
    state: 'connecting',
    problem: { code: 'port-taken', message: expect.stringContaining('is taken') as string, values: { port } },
  });
  expect(await app.post('/api/llm/chat', { messages: [{ role: 'user', content: 'hi' }] })).toMatchObject({
    status: 503,
    error: { code: 'NO_ENDPOINT' },
  });
});

it('an API key does not open it: the password of the embedded broker is for the owner', async () => {
  const token = 'a-token-of-the-owner';
  const app = await createTestApp({
    env: { RUNNER_TOKEN: token, API_KEYS: 'a-key-of-a-client', MQTT_EMBEDDED_PORT: '0' },
  });
  const status = async (key: string): Promise<number> =>
    (await fetch(`${app.url}/api/mqtt`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect([await status('a-key-of-a-client'), await status(token)]).toEqual([401, 200]);
});
