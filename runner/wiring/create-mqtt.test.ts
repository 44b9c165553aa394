import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import OpenAI from 'openai';
import { expect, it, onTestFinished } from 'vitest';
import type { Endpoint } from '#contract/endpoint';
import type { MqttStatus } from '#contract/mqtt';
import { chatStream, contentOf } from '../testing/chat-client.ts';
import { createTestApp } from '../testing/create-test-app.ts';
import type { TestApp } from '../testing/create-test-app.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { answerJson, sayAndHang, sayWords, scriptedUpstream } from '../testing/scripted-upstream.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { startMosquitto } from '../testing/test-mosquitto.ts';
import type { Mosquitto } from '../testing/test-mosquitto.ts';
import { waitUntil } from '../testing/wait-until.ts';

async function mosquitto(): Promise<Mosquitto> {
  const broker = await startMosquitto();
  onTestFinished(() => broker.end());
  return broker;
}

/** A runner beside a model: serves what it has over the broker. */
async function machineA(env: Record<string, string>, upstreamUrl: string): Promise<TestApp> {
  const app = await createTestApp({ env });
  const made = await app.post('/api/endpoints', { name: 'local', baseUrl: upstreamUrl });
  expect(made.status).toBe(201);
  return app;
}

const statusOf = async (app: HttpClient): Promise<MqttStatus> =>
  (await app.get('/api/mqtt')).body as unknown as MqttStatus;

async function remoteEndpoint(app: HttpClient, status: Endpoint['status'] = 'online'): Promise<Endpoint> {
  return waitUntil(`the workers' endpoint to be ${status}`, async () => {
    const { endpoints } = (await app.get('/api/endpoints')).body as { endpoints: Endpoint[] };
    return endpoints.find((endpoint) => endpoint.source === 'mqtt' && endpoint.status === status);
  });
}

it('a model of machine A is used by chat and gateway of machine B over Mosquitto', async () => {
  const broker = await mosquitto();
  const upstream = await scriptedUpstream(sayWords('good ', 'morning'));
  const env = { MQTT_BROKER_URL: broker.url };
  await machineA(env, upstream.url);
  const b = await createTestApp({ env: { ...env, LLM_COMM_MODE: 'mqtt' } });
  const endpoint = await remoteEndpoint(b);
  expect(endpoint).toMatchObject({
    name: 'scripted (MQTT)',
    models: ['scripted'],
    slots: 4,
    hasApiKey: true,
  });

  const frames = await (
    await chatStream(`${b.url}/api/llm/chat/stream`, { messages: [{ role: 'user', content: 'hi' }] })
  ).rest();
  expect(contentOf(frames)).toBe('good morning');
  expect(frames.at(-1)).toMatchObject({
    done: true,
    finish_reason: 'stop',
    usage: { total_tokens: 7 },
    endpoint_id: endpoint.id,
  });
  expect((await b.get('/api/llm/health')).body).toMatchObject({ mode: 'mqtt', status: 'online' });

  const client = new OpenAI({ baseURL: `${b.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const whole = await client.chat.completions.create({
    model: 'scripted',
    messages: [{ role: 'user', content: 'hi' }],
  });
  expect(whole.choices[0]?.message.content).toBe('good morning');
  expect(whole.usage?.total_tokens).toBe(7);
  const stream = await client.chat.completions.create({
    model: 'scripted',
    messages: [
      {
        role: 'user',
        content: 'hi',
      },
    ],
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  expect(text).toBe('good morning');
  expect(upstream.requests).toHaveLength(3);
});

it('a client of B that leaves stops the server of A, and an error of A keeps its meaning', async () => {
  const broker = await mosquitto();
  const upstream = await scriptedUpstream(sayAndHang('once'));
  const env = { MQTT_BROKER_URL: broker.url };
  await machineA(env, upstream.url);
  const b = await createTestApp({ env });
  const endpoint = await remoteEndpoint(b);
  const asked = { endpoint_id: endpoint.id, messages: [{ role: 'user', content: 'hi' }] };
  const stream = await chatStream(`${b.url}/api/llm/chat/stream`, asked);
  expect(await stream.next()).toEqual({ content: 'once' });
  stream.leave();
  await waitUntil('the server of A to be let go', () => upstream.requests[0]?.gone.aborted);

  const tooLong = {
    type: 'exceed_context_size_error',
    message: 'exceeds the available context size',
    n_prompt_tokens: 9,
    n_ctx: 4,
  };
  upstream.script = answerJson(400, { error: tooLong });
  const refused = await b.post('/api/llm/chat', asked);
  expect(refused).toMatchObject({
    status: 422,
    error: { code: 'CONTEXT_EXCEEDED', details: { tokens: 9, context: 4 } },
  });
});

it('the endpoint of B is offline without a worker or without the broker, and online when they are back', async () => {
  const broker = await mosquitto();
  const upstream = await scriptedUpstream();
  const env = { MQTT_BROKER_URL: broker.url };
  const a = await machineA(env, upstream.url);
  const b = await createTestApp({ env: { ...env, MQTT_WORKER: 'false' } });
  const { id } = await remoteEndpoint(b);
  await a.runner.stop({ keepProcesses: false, graceMs: 0 });
  expect((await remoteEndpoint(b, 'offline')).id).toBe(id);
  const client = new OpenAI({ baseURL: `${b.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const asking = client.chat.completions.create({
    model: 'scripted',
    messages: [{ role: 'user', content: 'hi' }],
  });
  await expect(asking).rejects.toMatchObject({ status: 503 });
  await machineA(env, upstream.url);
  expect((await remoteEndpoint(b)).id).toBe(id);
  await broker.stop();
  expect((await remoteEndpoint(b, 'offline')).id).toBe(id);
  await broker.start();
  expect((await remoteEndpoint(b)).id).toBe(id);
});

it('the embedded broker is the default: its password is told to the owner, and lets another machine in', async () => {
  const upstream = await scriptedUpstream(sayWords('hello'));
  const b = await createTestApp({ env: { LLM_COMM_MODE: 'mqtt', MQTT_EMBEDDED_PORT: '0' } });
  const { embedded } = await waitUntil('the embedded broker', async () => {
    const status = await statusOf(b);
    return status.state === 'connected' && status;
  });
  const url = embedded?.url.replace('mqtt://', `mqtt://${embedded.username}:${embedded.password}@`) ?? '';
  const a = await machineA({ MQTT_BROKER_URL: url }, upstream.url);
  await remoteEndpoint(b);
  const answer = await b.post('/api/llm/chat', { messages: [{ role: 'user', content: 'hi' }] });
  expect(answer.body).toMatchObject({ response: 'hello' });
  expect(await statusOf(a)).toMatchObject({
    state: 'connected',
    protocol: 4,
    counters: { taken: 1, answered: 1 },
  });
  expect(JSON.stringify((await a.get('/api/mqtt/settings')).body)).not.toContain(embedded?.password);
  const file = join(b.dataDir, 'mqtt.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'utf8')).toContain(embedded?.password);
});

it('MQTT is off until it is switched on in the settings, and a damaged file is kept aside and told', async () => {
  const dataDir = tempDir();
  await writeFile(join(dataDir, 'mqtt.json'), '{"version": 1, "settings": {"prefix": "#"}}');
  const app = await createTestApp({ dataDir });
  expect(await statusOf(app)).toMatchObject({ state: 'off', problem: null });
  const { faults } = (await app.get('/api/system')).body as { faults: { file: string; message: string }[] };
  expect(faults).toMatchObject([
    { file: join(dataDir, 'mqtt.json'), message: expect.stringContaining('kept as') as string },
  ]);

  const broker = await mosquitto();
  const { settings } = (await app.get('/api/mqtt/settings')).body as { settings: object };
  const put = (body: object) =>
    fetch(`${app.url}/api/mqtt/settings`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const wanted = {
    ...settings,
    isEnabled: true,
    broker: 'external',
    url: broker.url,
    username: 'u',
    password: 'a secret',
  };
  const answer = await put(wanted);
  expect(answer.status).toBe(200);
  const text = await answer.text();
  expect(text).not.toContain('a secret');
  expect(JSON.parse(text)).toMatchObject({ hasPassword: true, fixed: [], settings: { url: broker.url } });
  await waitUntil('the connection', async () => (await statusOf(app)).state === 'connected');
  expect((await put({ ...wanted, url: null })).status).toBe(400);
  expect((await put({ ...wanted, isEnabled: false })).status).toBe(200);
  expect(await statusOf(app)).toMatchObject({ state: 'off' });
});
