/** The gateway as it is joined: both listeners, its keys and the rest of the runner. */
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { rawClient } from '../gateway/testing/raw-client.ts';
import { createTestApp } from '../testing/create-test-app.ts';
import type { TestApp } from '../testing/create-test-app.ts';
import { sayWords, scriptedUpstream } from '../testing/scripted-upstream.ts';
import type { ScriptedUpstream } from '../testing/scripted-upstream.ts';
import { unusedPort } from '../testing/unused-port.ts';
import { waitUntil } from '../testing/wait-until.ts';

async function gatewayApp(
  env: Record<string, string> = {},
): Promise<{ app: TestApp; upstream: ScriptedUpstream; gateway: string }> {
  const upstream = await scriptedUpstream(sayWords('pong'));
  const app = await createTestApp({ env: { LLM_SERVER_URL: upstream.url, GATEWAY_PORT: '0', ...env } });
  await waitUntil('the endpoint to be online', async () =>
    JSON.stringify((await app.get('/api/endpoints')).body).includes('"online"'),
  );
  return { app, upstream, gateway: app.runner.gatewayUrl ?? '' };
}

function sdk(baseUrl: string, apiKey = 'none'): OpenAI {
  return new OpenAI({ baseURL: `${baseUrl}/v1`, apiKey, maxRetries: 0 });
}

const ASK = { model: 'scripted', messages: [{ role: 'user' as const, content: 'ping' }] };

async function textOf(client: OpenAI): Promise<string> {
  let text = '';
  for await (const chunk of await client.chat.completions.create({ ...ASK, stream: true }))
    text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

describe('the gateway', () => {
  it('is open on loopback while there is no key, and wants one from the first on', async () => {
    const { app, gateway } = await gatewayApp();
    expect(await textOf(sdk(gateway))).toBe('pong');
    expect(await textOf(sdk(app.url))).toBe('pong');
    const made = await app.post('/api/gateway/keys', { name: 'Machine C' });
    const { secret, key } = made.body as unknown as { secret: string; key: { id: string } };
    await expect(textOf(sdk(gateway))).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
    await expect(textOf(sdk(app.url))).rejects.toMatchObject({ status: 401 });
    expect(await textOf(sdk(gateway, secret))).toBe('pong');
    await app.post(`/api/gateway/keys/${key.id}/revoke`);
    await expect(textOf(sdk(gateway, secret))).rejects.toMatchObject({ status: 401, code: 'key_revoked' });
  });

  it('takes the keys of API_KEYS, and accounts for who asked what', async () => {
    const { app, gateway } = await gatewayApp({ API_KEYS: 'sk-local-abc' });
    const answer = await sdk(gateway, 'sk-local-abc').chat.completions.create({
      ...ASK,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of answer) expect(chunk.model ?? 'scripted').toBe('scripted');
    const latest = await waitUntil('the request to be written', async () => {
      const { body } = await app.get('/api/gateway/usage');
      return (body['latest'] as Record<string, unknown>[])[0];
    });
    expect(latest).toMatchObject({
      keyName: 'API_KEYS 1',
      model: 'scripted',
      status: 200,
      isStream: true,
      promptTokens: 5,
      completionTokens: 2,
    });
  });

  it('accounts for refusals with the key that was refused, so that a leaked one is seen', async () => {
    const { app, gateway } = await gatewayApp();
    const made = await app.post('/api/gateway/keys', {
      name: 'Lost laptop',
      routes: ['models'],
      requestsPerMinute: 1,
    });
    const { secret, key } = made.body as { secret: string; key: { id: string } };
    const client = sdk(gateway, secret);
    await client.models.list();
    await expect(client.models.list()).rejects.toMatchObject({ status: 429 });
    await expect(textOf(client)).rejects.toMatchObject({ status: 403 });
    await app.post(`/api/gateway/keys/${key.id}/revoke`);
    await expect(client.models.list()).rejects.toMatchObject({ status: 401 });
    await expect(textOf(client)).rejects.toMatchObject({ status: 401 });
    await expect(sdk(gateway, 'sk-guessed').models.list()).rejects.toMatchObject({ status: 401 });
    const { latest } = (await app.get('/api/gateway/usage')).body as {
      latest: { keyName: string | null; errorCode: string }[];
    };
    expect(latest.map(({ keyName, errorCode }) => [keyName, errorCode])).toEqual([
      [null, 'invalid_api_key'],
      ['Lost laptop', 'key_revoked'],
      ['Lost laptop', 'key_revoked'],
      ['Lost laptop', 'route_not_allowed'],
      ['Lost laptop', 'rate_limit_exceeded'],
    ]);
  });

  it('says of a model whose server is down that it is down, not that it is unknown', async () => {
    const { app, upstream, gateway } = await gatewayApp();
    await upstream.close();
    await app.post('/api/endpoints/~environment/ping');
    await expect(sdk(gateway).models.retrieve('scripted')).rejects.toMatchObject({
      status: 503,
      code: 'no_upstream',
    });
    await expect(sdk(gateway).models.retrieve('scriptd')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });

  it('shows a key the models that it may use', async () => {
    const { app, gateway } = await gatewayApp();
    await app.post('/api/gateway/keys', { name: 'all' });
    const made = await app.post('/api/gateway/keys', { name: 'other', models: ['other-*'] });
    const client = sdk(gateway, String(made.body['secret']));
    expect((await client.models.list()).data).toEqual([]);
    await expect(textOf(client)).rejects.toMatchObject({ status: 403, code: 'model_not_allowed' });
  });

  it('carries nothing but /v1 and /health on its own listener', async () => {
    const { gateway } = await gatewayApp();
    const statusOf = async (path: string): Promise<number> => (await fetch(gateway + path)).status;
    expect(await statusOf('/health')).toBe(200);
    expect(await statusOf('/v1/models')).toBe(200);
    for (const path of [
      '/',
      '/api/runner/health',
      '/api/runner/processes',
      '/api/endpoints',
      '/api/gateway/keys',
      '/metrics',
      '/docs',
    ]) {
      expect(await statusOf(path), path).toBe(404);
    }
    const foreign = await fetch(`${gateway}/v1/models`, { headers: { origin: 'https://evil.example' } });
    expect({ status: foreign.status, body: await foreign.json() }).toMatchObject({
      status: 403,
      body: {
        error: {
          code: 'forbidden_origin',
          type: expect.any(String),
          param: null,
          message: expect.any(String),
        },
      },
    });
  });

  it('guards requests of plain programs as those of pages', async () => {
    const { gateway } = await gatewayApp();
    const body = JSON.stringify(ASK);
    const ask = async (...headers: string[]): Promise<string> => {
      const head = [
        'POST /v1/chat/completions HTTP/1.1',
        ...headers,
        `content-length: ${body.length}`,
        'connection: close',
      ];
      const { ended } = await rawClient(gateway, `${head.join('\r\n')}\r\n\r\n${body}`);
      return ended;
    };
    const plain = await ask('host: localhost');
    expect(plain).toMatch(/^HTTP\/1.1 200 [^]*x-llm-gateway: /i);
    expect(await ask('host: 127.0.0.1', 'x-llm-gateway-hops: a,b')).toMatch(/^HTTP\/1.1 200 /);
    expect(await ask('host: 127.0.0.1', 'x-llm-gateway-hops: a,b,c,d')).toMatch(
      /^HTTP\/1.1 508 [^]*"loop_detected"/,
    );
    expect(await ask('host: rebound.example')).toMatch(/^HTTP\/1.1 403 [^]*"forbidden_host"/);
    expect(await ask('host: localhost', 'origin: https://evil.example')).toMatch(
      /^HTTP\/1.1 403 [^]*"forbidden_origin"/,
    );
  });

  it('wants a key on both ports where the runner has a token', async () => {
    const upstream = await scriptedUpstream();
    const guarded = await createTestApp({
      env: { LLM_SERVER_URL: upstream.url, RUNNER_TOKEN: 'a-token-of-sixteen-or-more', GATEWAY_PORT: '0' },
    });
    expect((await guarded.get('/v1/models')).status).toBe(401);
    expect((await fetch(`${guarded.runner.gatewayUrl}/v1/models`)).status).toBe(401);
  });

  it('is closed while a revoked key is listed, and open again on this machine once the last one is removed', async () => {
    const { app, gateway } = await gatewayApp();
    const statusOf = async (): Promise<number> => (await fetch(`${gateway}/v1/models`)).status;
    const { key } = (await app.post('/api/gateway/keys', { name: 'only' })).body as { key: { id: string } };
    await app.post(`/api/gateway/keys/${key.id}/revoke`);
    expect(await statusOf()).toBe(401);
    await app.delete(`/api/gateway/keys/${key.id}`);
    expect(await statusOf()).toBe(200);
  });

  it('names its own setting when its port is taken, and leaves everything as it is', async () => {
    const { app } = await gatewayApp();
    const taken = new URL(app.url).port;
    await expect(createTestApp({ env: { GATEWAY_PORT: taken } })).rejects.toThrow(/GATEWAY_PORT/);
    const port = await unusedPort();
    await createTestApp({ env: { GATEWAY_PORT: String(port) } });
  });
});
