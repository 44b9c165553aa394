import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { GatewayLiveRequest, GatewayRequest } from '#contract/gateway';
import { Signal } from '../base/signal.ts';
import { createTestApp } from '../testing/create-test-app.ts';
import { sayAndHang, scriptedUpstream } from '../testing/scripted-upstream.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { countGateway } from './gateway-metrics.ts';

const REQUEST: GatewayRequest = {
  id: 'r',
  at: '2026-11-05T11:59:00.000Z',
  keyId: 'k1',
  keyName: 'laptop',
  model: 'qwen',
  endpointId: 'e1',
  route: '/v1/chat/completions',
  isStream: true,
  status: 200,
  errorCode: null,
  promptTokens: 10,
  completionTokens: 5,
  firstTokenMs: 40,
  durationMs: 1e3,
  tokensPerSecond: 20,
};

function counting(live: GatewayLiveRequest[] = []) {
  const [registry, finished] = [new Registry(), new Signal<GatewayRequest>()];
  countGateway(registry, { finished, live: () => live });
  const end = (request: Partial<GatewayRequest> = {}): void => finished.emit({ ...REQUEST, ...request });
  /** Lines that hold this. */
  const lines = async (part: string): Promise<string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.includes(part) && !line.startsWith('#'));
  return { end, lines };
}

test('requests are counted by model, key, upstream and class of status', async () => {
  const { end, lines } = counting();
  const ends: Partial<GatewayRequest>[] = [
    {},
    {},
    { status: 404, errorCode: 'model_not_found', endpointId: null, model: 'made-up' },
    { status: 429, errorCode: 'rate_limit_exceeded', endpointId: null, model: 'also made-up' },
    { status: 401, errorCode: 'invalid_api_key', endpointId: null, model: null, keyName: null },
    { status: 503, errorCode: 'no_upstream', endpointId: null },
    { status: 502, errorCode: 'upstream_error' },
    { status: 499, errorCode: 'client_closed' },
    { status: 503, errorCode: 'request_cancelled' },
  ];
  for (const each of ends) end(each);
  expect(await lines('llm_gateway_requests_total')).toEqual([
    'llm_gateway_requests_total{model="qwen",key="laptop",upstream="e1",status="2xx"} 2',
    'llm_gateway_requests_total{model="unknown",key="laptop",upstream="none",status="4xx"} 2',
    'llm_gateway_requests_total{model="none",key="none",upstream="none",status="4xx"} 1',
    'llm_gateway_requests_total{model="qwen",key="laptop",upstream="none",status="5xx"} 1',
    'llm_gateway_requests_total{model="qwen",key="laptop",upstream="e1",status="5xx"} 1',
    'llm_gateway_requests_total{model="qwen",key="laptop",upstream="e1",status="cut"} 2',
  ]);
});

test('tokens, first tokens of streams, and durations of what was answered are counted by model', async () => {
  const { end, lines } = counting();
  end();
  end({ promptTokens: 7, completionTokens: null, firstTokenMs: 3_000, durationMs: 4_000 });
  end({ isStream: false, firstTokenMs: 70, durationMs: 500 });
  end({
    status: 502,
    errorCode: 'upstream_error',
    firstTokenMs: null,
    durationMs: 60_000,
    promptTokens: null,
    completionTokens: Number.NaN,
  });
  expect(await lines('tokens_total')).toEqual([
    'llm_gateway_tokens_total{model="qwen",kind="prompt"} 27',
    'llm_gateway_tokens_total{model="qwen",kind="completion"} 10',
  ]);
  expect(await lines('first_token_seconds_bucket{le="0.05"')).toEqual([
    'llm_gateway_first_token_seconds_bucket{le="0.05",model="qwen"} 1',
  ]);
  expect(await lines('first_token_seconds_count')).toEqual([
    'llm_gateway_first_token_seconds_count{model="qwen"} 2',
  ]);
  expect(await lines('duration_seconds_count')).toEqual([
    'llm_gateway_request_duration_seconds_count{model="qwen"} 3',
  ]);
  expect(await lines('duration_seconds_sum')).toEqual([
    'llm_gateway_request_duration_seconds_sum{model="qwen"} 5.5',
  ]);
});

test('however many names there are, the series are bounded', async () => {
  const { end, lines } = counting();
  for (let index = 0; index < 3000; index += 1) end({ model: `m${index}`, keyName: `k${index}` });
  const requests = await lines('llm_gateway_requests_total');
  expect(requests).toHaveLength(1001);
  expect(requests.at(-1)).toBe(
    'llm_gateway_requests_total{model="other",key="other",upstream="other",status="2xx"} 2000',
  );
  expect(await lines('llm_gateway_tokens_total')).toHaveLength(202);
  expect(await lines('first_token_seconds_count')).toHaveLength(101);
});

test('/metrics of a runner tells what is live and what has ended', async () => {
  const upstream = await scriptedUpstream(sayAndHang('working'));
  const app = await createTestApp({ env: { LLM_SERVER_URL: upstream.url } });
  await waitUntil('the server to be online', async () =>
    JSON.stringify((await app.get('/api/endpoints')).body).includes('"online"'),
  );
  const linesOf = async (name: string): Promise<string[]> =>
    String((await app.get('/metrics')).body['text'])
      .split('\n')
      .filter((line) => line.startsWith(name));
  expect(await linesOf('llm_gateway_live_requests')).toEqual(['llm_gateway_live_requests 0']);
  const client = new AbortController();
  await fetch(`${app.url}/v1/chat/completions`, {
    method: 'POST',
    signal: client.signal,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'scripted',
      stream: true,
      messages: [
        {
          role: 'user',
          content: 'ping',
        },
      ],
    }),
  });
  expect(await linesOf('llm_gateway_live_requests')).toEqual(['llm_gateway_live_requests 1']);
  expect(await linesOf('llm_gateway_queued_requests')).toEqual(['llm_gateway_queued_requests 0']);
  client.abort();
  await expect
    .poll(() => linesOf('llm_gateway_requests_total'))
    .toEqual([
      'llm_gateway_requests_total{model="scripted",key="none",upstream="~environment",status="cut"} 1',
    ]);
  expect(await linesOf('llm_gateway_live_requests')).toEqual(['llm_gateway_live_requests 0']);
});
