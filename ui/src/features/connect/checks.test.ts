import { expect, it } from 'vitest';
import type { Endpoint } from '#contract/endpoint';
import type { MqttStatus } from '#contract/mqtt';
import type { Tunnel, TunnelInput, TunnelProblem } from '#contract/tunnel';
import { readAnswers, type Answers, type Plan } from './answers.ts';
import { checksOf, isAllDone } from './checks.ts';
import { clientSettings } from './client-settings.ts';
import { freePort, isBroker, type Facts } from './facts.ts';
import { firstAnswers, saveAnswers, loadAnswers, portsFor } from './first-answers.ts';
import type { StepId } from './steps.ts';

const ENDPOINT: Endpoint = {
  id: 'llama_8001',
  name: 'llama_8001',
  baseUrl: 'http://127.0.0.1:8001',
  source: 'launched',
  status: 'online',
  model: '/models/tiny-chat.gguf',
  models: ['/models/tiny-chat.gguf'],
  context: 512,
  slots: 1,
  busySlots: 0,
  vision: false,
  hasApiKey: false,
  defaultPresetId: null,
  processId: 'llama_8001',
  launch: null,
  latencyMs: 1,
  checkedAt: null,
  problem: null,
};
const NO_COUNTS = {
  taken: 0,
  answered: 0,
  failed: 0,
  cancelled: 0,
  handedOn: 0,
  refused: 0,
  asked: 0,
  askedAgain: 0,
};
const MQTT: MqttStatus = {
  state: 'connected',
  protocol: 5,
  address: 'mqtt://broker.example:1883',
  connectedAt: null,
  connections: 1,
  problem: null,
  prefix: 'llm',
  workerId: 'w-1',
  workers: [],
  endpoints: [],
  counters: { ...NO_COUNTS, duplicates: 0, strays: 0, garbage: 0 },
  queue: { messages: 0, bytes: 0, requests: 0 },
  embedded: null,
};
const NOTHING: Facts = {
  endpoints: [],
  tunnels: [],
  mqtt: null,
  keys: [],
  gatewayUrl: null,
  test: null,
  nowMs: 0,
};
const PROBLEM: TunnelProblem = { code: 'key-refused', message: 'no', suggestion: 'do', values: {}, at: '' };

function planOf(part: Partial<Answers>): Plan {
  const first = firstAnswers({
    endpoints: [],
    pageHost: 'here.example',
    brokerUrl: 'mqtt://broker.example',
    brokerUser: null,
  });
  const { plan } = readAnswers({ ...first, otherName: 'other.example', modelPort: '8001', ...part });
  if (plan === null) throw new Error('no plan');
  return plan;
}

function tunnelOf(input: TunnelInput | null | undefined, part: Partial<Tunnel> = {}): Tunnel {
  if (input === null || input === undefined) throw new Error('no tunnel');
  return {
    id: 't1',
    config: input,
    hasApiKey: false,
    state: 'up',
    problem: null,
    processId: null,
    endpointId: 't1',
    upSince: null,
    nextTryAt: null,
    restarts: 0,
    latencyMs: 12.4,
    probes: [],
    ...part,
  };
}

const codes = (id: StepId, plan: Plan, facts: Partial<Facts>): string[] =>
  checksOf(id, plan, { ...NOTHING, ...facts }).map(({ state, code }) => `${state} ${code}`);

it('model here: from no server to one that answers', () => {
  const plan = planOf({});
  expect(codes('model', plan, {})).toEqual(['todo modelNone']);
  expect(codes('model', plan, { endpoints: [{ ...ENDPOINT, baseUrl: 'http://127.0.0.1:9999' }] })).toEqual([
    'todo modelNone',
  ]);
  expect(codes('model', plan, { endpoints: [{ ...ENDPOINT, status: 'loading' }] })).toEqual([
    'busy modelLoading',
  ]);
  expect(codes('model', plan, { endpoints: [{ ...ENDPOINT, status: 'offline' }] })).toEqual([
    'bad modelOffline',
  ]);
  expect(codes('model', plan, { endpoints: [ENDPOINT] })).toEqual(['ok modelOnline']);
});

it('a reverse tunnel from here: a test and the tunnel itself distinguish key, access and state', () => {
  const plan = planOf({});
  const all = (facts: Partial<Facts>): string[] =>
    (['key', 'authorize', 'reverse'] as const).flatMap((id) => codes(id, plan, facts));
  expect(all({})).toEqual(['todo keyUnknown', 'todo authorizeUnknown', 'todo tunnelNone']);
  const refused = { steps: [], problem: PROBLEM };
  expect(all({ test: refused })).toEqual(['todo keyUnknown', 'bad tunnelFailed', 'bad tunnelFailed']);
  expect(all({ test: { steps: [], problem: { ...PROBLEM, code: 'identity-missing' } } })[0]).toBe(
    'bad tunnelFailed',
  );
  const up = tunnelOf(plan.tunnel?.input);
  expect(all({ tunnels: [up], test: refused })).toEqual(['ok keyAccepted', 'ok authorized', 'ok tunnelUp']);
  expect(all({ tunnels: [{ ...up, state: 'down', problem: PROBLEM }] })[1]).toBe('bad tunnelFailed');
  expect(all({ tunnels: [{ ...up, state: 'stopped' }] })[2]).toBe('todo tunnelStopped');
  const elsewhere = planOf({ serverPort: '9090' });
  expect(codes('reverse', elsewhere, { tunnels: [up] })).toEqual(['todo tunnelNone']);
});

it('a reverse tunnel that ends here: a connection proves key, access and model', () => {
  const plan = planOf({ modelOn: 'other', way: 'ssh-here' });
  const ids = ['model', 'key', 'authorize', 'reverse', 'incoming', 'gateway', 'apiKey'] as const;
  const all = (facts: Partial<Facts>): string[] => ids.flatMap((id) => codes(id, plan, facts));
  expect(all({})).toEqual([
    'there modelThere',
    'there keyThere',
    'there authorizeThere',
    'there tunnelThere',
    'todo incomingNone',
    'todo gatewayNone',
    'todo gatewayNoModel',
    'todo apiKeyNone',
  ]);
  const waiting = tunnelOf(plan.incoming, {
    state: 'down',
    problem: { ...PROBLEM, code: 'incoming-absent' },
  });
  expect(codes('incoming', plan, { tunnels: [waiting] })).toEqual(['busy incomingWaits']);
  const facts: Partial<Facts> = {
    tunnels: [tunnelOf(plan.incoming)],
    endpoints: [{ ...ENDPOINT, id: 't1', source: 'tunnel', baseUrl: 'http://127.0.0.1:8080' }],
    gatewayUrl: 'http://0.0.0.0:8000/v1',
    keys: [{ revokedAt: null, expiresAt: null } as Facts['keys'][number]],
  };
  expect(all(facts).every((line) => line.startsWith('ok '))).toBe(true);
  expect(clientSettings(plan, { ...NOTHING, ...facts })).toEqual({
    baseUrl: 'http://here.example:8000/v1',
    model: 'tiny-chat',
  });
  expect(codes('gateway', plan, { ...facts, gatewayUrl: 'http://127.0.0.1:8000/v1' })[0]).toBe(
    'todo gatewayOnlyHere',
  );
});

it('the gateway of the other machine is not visible from here', () => {
  const plan = planOf({});
  expect([...codes('gateway', plan, {}), ...codes('apiKey', plan, {}), ...codes('client', plan, {})]).toEqual(
    ['there gatewayThere', 'there apiKeyThere'],
  );
  expect(clientSettings(plan, { ...NOTHING, endpoints: [ENDPOINT] })).toEqual({
    baseUrl: 'http://other.example:8000/v1',
    model: 'tiny-chat',
  });
});

const WORKER: MqttStatus['workers'][number] = {
  id: 'w-2',
  name: 'gpu',
  version: '1',
  isOwn: false,
  seenAt: '',
  models: [{ model: 'tiny-chat', slots: 1, busy: 0, queued: 0, context: null, vision: null }],
};

it('through a broker: from off to the worker of the other machine', () => {
  const plan = planOf({ modelOn: 'other', way: 'broker' });
  const b = (mqtt: Partial<MqttStatus>): string[] => codes('brokerB', plan, { mqtt: { ...MQTT, ...mqtt } });
  expect(b({ state: 'off', address: null })).toEqual(['todo brokerOff']);
  expect(b({ address: 'mqtt://elsewhere:1883' })).toEqual(['todo brokerElsewhere']);
  expect(b({ state: 'connecting' })).toEqual(['busy brokerConnecting']);
  expect(
    b({ state: 'connecting', problem: { code: 'refused', message: '', suggestion: '', values: {}, at: '' } }),
  ).toEqual(['bad brokerFailed']);
  expect(b({})).toEqual(['ok brokerConnected']);
  const a = (workers: MqttStatus['workers']): string[] =>
    codes('brokerA', plan, { mqtt: { ...MQTT, workers } });
  expect(a([{ ...WORKER, isOwn: true }])).toEqual(['there workerNone']);
  expect(a([{ ...WORKER, models: [] }])).toEqual(['busy workerIdle']);
  expect(a([{ ...WORKER, id: 'w-3', models: [] }, WORKER])).toEqual(['ok workerSeen']);
});

it('through a broker, model here: this machine must serve one', () => {
  const plan = planOf({ way: 'broker' });
  const own = { ...WORKER, isOwn: true };
  expect(codes('brokerA', plan, { mqtt: { ...MQTT, workers: [{ ...own, models: [] }] } })).toEqual([
    'ok brokerConnected',
    'todo ownWorkerIdle',
  ]);
  expect(codes('brokerA', plan, { mqtt: { ...MQTT, workers: [own] } })).toEqual([
    'ok brokerConnected',
    'ok ownWorker',
  ]);
  expect(codes('brokerB', plan, { mqtt: { ...MQTT, workers: [own, { ...WORKER, models: [] }] } })).toEqual([
    'ok workerSeen',
  ]);
});

it('the runner’s own broker is recognized by its port, unless it listens on loopback only', () => {
  const plan = planOf({ way: 'broker', brokerUrl: 'mqtt://here.example:1883' });
  const embedded = { username: 'u', password: 'p', clients: 1 };
  expect(
    isBroker(plan, {
      ...MQTT,
      address: 'mqtt://127.0.0.1:1883',
      embedded: { ...embedded, url: 'mqtt://0.0.0.0:1883' },
    }),
  ).toBe(true);
  expect(
    isBroker(plan, {
      ...MQTT,
      address: 'mqtt://127.0.0.1:1883',
      embedded: { ...embedded, url: 'mqtt://127.0.0.1:1883' },
    }),
  ).toBe(false);
});

it('all is done when nothing visible from here is left', () => {
  expect(
    isAllDone([
      { state: 'ok', code: 'modelOnline', values: {} },
      { state: 'there', code: 'keyThere', values: {} },
    ]),
  ).toBe(true);
  expect(isAllDone([{ state: 'busy', code: 'modelLoading', values: {} }])).toBe(false);
});

it('default ports come from the servers that run here', () => {
  const busy = { ...ENDPOINT, baseUrl: 'http://127.0.0.1:8080' };
  expect(portsFor('here', [{ ...busy, status: 'offline' }, ENDPOINT])).toEqual({
    modelPort: '8001',
    serverPort: '8080',
  });
  expect(portsFor('other', [busy])).toEqual({ modelPort: '8080', serverPort: '8081' });
  expect(freePort([{ ...busy, source: 'tunnel' }])).toBe(8080);
});

it('answers are saved; a blocked or broken storage saves none and throws nothing', () => {
  const stored = new Map<string, string>();
  const { answers } = planOf({});
  saveAnswers(answers, () => ({ setItem: (key, value) => void stored.set(key, value) }));
  expect(loadAnswers(() => ({ getItem: (key) => stored.get(key) ?? null }))).toEqual(answers);
  expect(loadAnswers(() => ({ getItem: () => '{"modelOn": "moon"}' }))).toBeNull();
  const closed = (): never => {
    throw new Error('denied');
  };
  expect(loadAnswers(closed)).toBeNull();
  expect(() => saveAnswers(answers, closed)).not.toThrow();
});
