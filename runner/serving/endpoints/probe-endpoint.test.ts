import { Agent } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { unusedPort } from '../../testing/unused-port.ts';
import { askServer } from './ask-server.ts';
import { probeEndpoint } from './probe-endpoint.ts';
import type { Probed, ProbeOptions } from './probe-endpoint.ts';
import {
  invalidKey,
  loadingModel,
  newLlamaServer,
  oldLlamaServer,
  onlyModels,
  script,
  scriptedServer,
  webPage,
} from './testing/scripted-server.ts';
import type { Reply, Script } from './testing/scripted-server.ts';

async function probeUrl(
  baseUrl: string,
  options: Partial<ProbeOptions> & { apiKey?: string; timeoutMs?: number } = {},
): Promise<Probed> {
  const { apiKey = null, timeoutMs = 5_000, ...rest } = options;
  const dispatcher = new Agent({ pipelining: 0 });
  onTestFinished(() => dispatcher.destroy());
  const { signal } = new AbortController();
  const ask = (path: string) => askServer(baseUrl + path, { apiKey, dispatcher, signal, timeoutMs });
  return probeEndpoint({ ask, hasApiKey: apiKey !== null, model: null, routes: null, ...rest });
}

async function probe(
  answers: Script,
  options: Parameters<typeof probeUrl>[1] = {},
): Promise<Probed & { asked: string[] }> {
  const server = await scriptedServer(answers);
  return { ...(await probeUrl(server.url, options)), asked: server.asked };
}

it.each([
  {
    kind: 'a new llama-server',
    replies: newLlamaServer({ busy: 2, vision: true }),
    facts: { models: ['tiny-random.gguf'], context: 2048, slots: 4, vision: true },
    busySlots: 2,
  },
  {
    kind: 'an old llama-server without slots',
    replies: oldLlamaServer(),
    facts: { models: ['tiny-random.gguf'], context: 1024, slots: 4, vision: null },
    busySlots: null,
  },
  {
    kind: 'an old llama-server with slots',
    replies: oldLlamaServer({ hasSlots: true, busy: 1 }),
    facts: { models: ['tiny-random.gguf'], context: 1024, slots: 4, vision: null },
    busySlots: 1,
  },
  {
    kind: 'llama_cpp.server',
    replies: onlyModels('models/a.gguf', 'b'),
    facts: { models: ['models/a.gguf', 'b'], context: null, slots: null, vision: null },
    busySlots: null,
  },
  {
    kind: 'vLLM',
    replies: {
      '/health': { text: '' },
      '/v1/models': { json: { data: [{ id: 'q', max_model_len: 32_768 }] } },
    },
    facts: { models: ['q'], context: 32_768, slots: null, vision: null },
    busySlots: null,
  },
  {
    kind: 'Ollama without a model',
    replies: { '/v1/models': { json: { object: 'list', data: null } } },
    facts: { models: [], context: null, slots: null, vision: null },
    busySlots: null,
  },
  {
    kind: 'a server that lists no models',
    replies: {},
    facts: { models: [], context: null, slots: null, vision: null },
    busySlots: null,
  },
  {
    kind: 'a server with odd answers',
    replies: {
      '/health': { json: { status: 'ok' } },
      '/props': { json: { default_generation_settings: 7, total_slots: 'many', n_ctx: -4, modalities: [] } },
      '/slots': { json: { error: 'no' } },
      '/v1/models': { json: { data: [7, { id: 'a', meta: 'none', max_model_len: 'long' }, { name: 'b' }] } },
    },
    facts: { models: ['a'], context: null, slots: null, vision: null },
    busySlots: null,
  },
] as { kind: string; replies: Record<string, Reply>; facts: Probed['facts']; busySlots: number | null }[])(
  '$kind is online with what it tells of itself',
  async ({ replies, facts, busySlots }) => {
    const probed = await probe(script(replies));
    expect(probed).toMatchObject({ status: 'online', problem: null, facts, busySlots });
    expect(probed.latencyMs).toBeGreaterThan(0);
  },
);

it.each([
  ['that loads its model', script({ '/health': loadingModel })],
  ['without /health that loads its model', script({ '/v1/models': loadingModel })],
])('a server %s is loading', async (_what, answers) => {
  expect(await probe(answers)).toMatchObject({
    status: 'loading',
    problem: expect.stringContaining('loading its model'),
  });
});

it.each([
  {
    what: 'web pages',
    answers: () => webPage,
    problem: /web page, not with the OpenAI API; check the address/,
  },
  {
    what: 'pages that say 404',
    answers: () => ({ status: 404, text: '<html>Not found</html>' }),
    problem: /web page/,
  },
  { what: 'other JSON', answers: () => ({ json: { hello: 'world' } }), problem: /not with a list of models/ },
  { what: 'HTTP 500', answers: () => ({ status: 500, text: 'oops' }), problem: /HTTP 500/ },
  {
    what: 'HTTP 502 of a proxy',
    answers: () => ({ status: 502, text: 'Bad gateway' }),
    problem: /server behind it/,
  },
  { what: 'no word, and closes', answers: () => 'cut', problem: /closed the connection without an answer/ },
  { what: 'nothing at all', answers: () => 'never', problem: /did not answer within 0.2 s/ },
] as { what: string; answers: Script; problem: RegExp }[])(
  'a server that answers $what is offline',
  async ({ answers, problem }) => {
    expect(await probe(answers, { timeoutMs: 200 })).toMatchObject({
      status: 'offline',
      problem: expect.stringMatching(problem),
      facts: null,
    });
  },
);

it('follows no redirect, and names the place without its query', async () => {
  const elsewhere = await scriptedServer(script(newLlamaServer()));
  const headers = { location: `${elsewhere.url}/v1/models?token=s3cret` };
  const { status, problem } = await probe(() => ({ status: 302, text: '', headers }));
  expect([status, problem]).toEqual(['offline', expect.stringContaining(`${elsewhere.url}/v1/models;`)]);
  expect(problem).not.toContain('s3cret');
  expect(elsewhere.asked).toEqual([]);
});

it('an answer above two megabytes is not read to its end', async () => {
  const { status, problem } = await probe(
    script({ '/v1/models': { json: { data: [{ id: 'a'.repeat(3_000_000) }] } } }),
  );
  expect([status, problem]).toEqual(['offline', expect.stringContaining('not with a list of models')]);
});

it('a port where nobody listens is told as such', async () => {
  const port = await unusedPort();
  expect(await probeUrl(`http://127.0.0.1:${port}`)).toMatchObject({
    status: 'offline',
    problem: `Nothing listens at 127.0.0.1:${port}. Start the server, or check the address.`,
  });
});

it('an unknown host, a server without TLS and a port without HTTP are told in plain words', async () => {
  expect((await probeUrl('http://no-such-host.invalid')).problem).toMatch(
    /host name no-such-host.invalid is not known/,
  );
  const server = await scriptedServer(script({}));
  expect((await probeUrl(server.url.replace('http', 'https'))).problem).toMatch(/does not speak HTTPS/);
  expect((await probeUrl('not an address')).problem).toMatch(/is not an address/);
});

const withKey =
  (replies: Record<string, Reply>, open: readonly string[]): Script =>
  (path, { authorization }) =>
    open.includes(path) || authorization === 'Bearer right' ? script(replies)(path, {}) : invalidKey;

it.each([
  ['a new llama-server', withKey(newLlamaServer(), ['/health'])],
  [
    'an old llama-server, which lists its models to everybody,',
    withKey(oldLlamaServer(), ['/health', '/v1/models']),
  ],
  ['a server without /health', withKey(onlyModels('a'), [])],
])('%s is online with the right key only', async (_kind, answers) => {
  expect(await probe(answers, { apiKey: 'right' })).toMatchObject({ status: 'online' });
  expect(await probe(answers, { apiKey: 'wrong' })).toMatchObject({
    status: 'offline',
    problem: expect.stringContaining('refused the API key'),
  });
  expect(await probe(answers)).toMatchObject({
    status: 'offline',
    problem: expect.stringContaining('asks for an API key'),
  });
});

it('a key that cannot be sent is not shown', async () => {
  const { problem } = await probe(script({}), { apiKey: 's3cret\nß\u{1F600}' });
  expect(problem).toMatch(/cannot be sent/);
  expect(problem).not.toContain('s3cret');
});

it('a proxy that hides /props is no refusal', async () => {
  const refused: Reply = { status: 403, text: 'Forbidden' };
  const probed = await probe(script({ ...newLlamaServer(), '/props': refused, '/slots': refused }));
  expect(probed).toMatchObject({
    status: 'online',
    facts: { models: ['tiny-random.gguf'], context: 2048, slots: null },
    busySlots: null,
  });
});

const gatewayHeaders = { 'x-llm-gateway': 'llm-server-manager' };
const gatewayOf = (...ids: string[]): Record<string, Reply> => ({
  '/health': { json: { status: 'ok' } },
  '/v1/models': { json: { object: 'list', data: ids.map((id) => ({ id })) }, headers: gatewayHeaders },
});

it('the gateway of another runner has all its models, and is asked for nothing that it does not have', async () => {
  const fresh = await probe(script(gatewayOf('a', 'b')));
  const facts = { models: ['a', 'b'], context: null, slots: null, vision: null, isGateway: true };
  expect(fresh).toMatchObject({ status: 'online', facts, asked: ['/health', '/v1/models'] });
  // Its models come and go: each round asks for them.
  expect(await probe(script(gatewayOf()), { routes: fresh.routes })).toMatchObject({
    status: 'online',
    asked: ['/v1/models'],
    facts: {
      models: [],
      isGateway: true,
    },
  });
  const { '/v1/models': onRunnersPort } = gatewayOf('a');
  expect(
    await probe(script(onRunnersPort === undefined ? {} : { '/v1/models': onRunnersPort })),
  ).toMatchObject({
    facts: { isGateway: true },
  });
  const limited = await probe(() => ({
    status: 429,
    json: { error: { message: 'Wait.' } },
    headers: gatewayHeaders,
  }));
  expect(limited).toMatchObject({ status: 'online', facts: null });
});

it('the gateway of another runner says of a key that it is wrong, or wanted', async () => {
  const refusing = (path: string): Reply =>
    path === '/health' ? (gatewayOf()['/health'] ?? 'cut') : { ...invalid, headers: gatewayHeaders };
  expect(await probe(refusing, { apiKey: 'wrong' })).toMatchObject({
    status: 'offline',
    problemCode: 'key-refused',
  });
  expect(await probe(refusing)).toMatchObject({ status: 'offline', problemCode: 'key-wanted' });
});
const invalid = {
  status: 401,
  json: { error: { code: 'invalid_api_key', message: 'Not known.', type: 'authentication_error' } },
};

it('what is known to be there saves questions', async () => {
  const fresh = await probe(script(newLlamaServer({ busy: 1 })));
  expect(fresh.asked.toSorted()).toEqual(['/health', '/props', '/slots', '/v1/models']);
  const steady = await probe(script(newLlamaServer({ busy: 3 })), { routes: fresh.routes });
  expect(steady).toMatchObject({
    status: 'online',
    busySlots: 3,
    facts: null,
    routes: fresh.routes,
    asked: ['/health', '/slots'],
  });
  const bare = await probe(script(onlyModels('a')));
  expect((await probe(script(onlyModels('a')), { routes: bare.routes })).asked).toEqual(['/v1/models']);
});

it('a llama-server that gave way to another server is asked for everything', async () => {
  const probed = await probe(script(onlyModels('b')), { routes: { health: true, slots: true } });
  expect(probed).toMatchObject({
    status: 'online',
    facts: { models: ['b'] },
    routes: { health: false, slots: false },
  });
});

it('the model that is meant gives the context', async () => {
  const data = [
    { id: 'a', max_model_len: 1000 },
    { id: 'b', context_length: 2000, architecture: { input_modalities: ['text', 'image'] } },
  ];
  const probed = await probe(script({ '/v1/models': { json: { data } } }), { model: 'b' });
  expect(probed.facts).toEqual({
    models: ['a', 'b'],
    context: 2000,
    slots: null,
    vision: true,
    isGateway: false,
  });
});
