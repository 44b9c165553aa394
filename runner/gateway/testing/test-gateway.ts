/** A gateway on a port of its own with ports that the test can look into; ended with the test. */
import express from 'express';
import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import type { Endpoint } from '#contract/endpoint';
import type { GatewayRequest, GatewayRoute } from '#contract/gateway';
import { AppError } from '../../base/errors.ts';
import { v1Routes, withPlainPosts } from '../../http/v1-routes.ts';
import { listenOn } from '../../base/listen.ts';
import { Signal } from '../../base/signal.ts';
import { waitUntil } from '../../testing/wait-until.ts';
import { Gateway } from '../gateway.ts';
import type { GatewayDeps } from '../gateway.ts';
import { Serving } from '../../serving/serving.ts';
import type { ServingDeps } from '../../serving/serving.ts';
import type { AdmissionPort } from '../ports.ts';

export interface TestGateway {
  /** With `/v1`. */
  url: string;
  gateway: Gateway;
  endpoints: Endpoint[];
  routes: GatewayRoute[];
  endpointsChanged: Signal<void>;
  /** Requests that have been accounted for. */
  records: GatewayRequest[];
  spent: [keyId: string | null, tokens: number][];
  failures: string[];
  faults: object[];
  /** The account of the latest request, once it is there. */
  record: (count?: number) => Promise<GatewayRequest>;
  post: (path: string, body: unknown, init?: PostInit) => Promise<Response>;
}

interface PostInit {
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface TestGatewayOptions
  extends
    Partial<Omit<ServingDeps, 'endpoints' | 'routes'>>,
    Partial<Omit<GatewayDeps, 'serving' | 'admission' | 'accounting' | 'logger'>> {
  admission?: Partial<AdmissionPort>;
  endpoints?: Endpoint[];
  routes?: GatewayRoute[];
}

export async function testGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const { endpoints = [], routes = [], ...parts } = options;
  const endpointsChanged = new Signal<void>();
  const seen = {
    records: [] as GatewayRequest[],
    spent: [] as [string | null, number][],
    failures: [] as string[],
    faults: [] as object[],
  };
  const spend: AdmissionPort['spend'] = (keyId, { tokens }) => void seen.spent.push([keyId, tokens]);
  const admission: AdmissionPort = {
    identify: () => null,
    check: () => ({ keyId: null, keyName: null, headers: {} }),
    ...parts.admission,
    spend,
  };
  const timeoutMs = parts.timeoutMs ?? 10_000;
  const serving = new Serving({
    models: { enter: () => () => {}, load: () => Promise.reject(new Error('nothing is loaded here')) },
    ...parts,
    timeoutMs,
    endpoints: {
      list: () => endpoints,
      changed: endpointsChanged,
      target: (id) => targetOf(endpoints.find((endpoint) => endpoint.id === id)),
      defaultTarget: () => targetOf(endpoints[0]),
      reportFailure: (id) => void seen.failures.push(id),
    },
    routes: { list: () => routes },
  });
  const gateway = new Gateway({
    stallMs: timeoutMs,
    ...parts,
    serving,
    admission,
    accounting: { record: (record) => void seen.records.push(record) },
    logger: { error: (fields) => void seen.faults.push(fields) },
  });
  serving.start();
  gateway.start();
  const v1 = { gateway, gatewayId: 'test', isLoopbackListener: true };
  const server = createServer(
    withPlainPosts(express().use(v1Routes(v1)), { ...v1, isHostAllowed: () => true }),
  );
  const origin = await listenOn(server, { host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await gateway.stop();
    await serving.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    ...seen,
    url: `${origin}/v1`,
    gateway,
    endpoints,
    routes,
    endpointsChanged,
    record: async (count = 1) => {
      await waitUntil(`${count} accounts`, () => seen.records.length >= count);
      const record = seen.records[count - 1];
      if (record === undefined) throw new Error('no account');
      return record;
    },
    post: (path, body, init = {}) =>
      fetch(`${origin}/v1${path}`, {
        ...init,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...init.headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

export function endpointAt(baseUrl: string, fields: Partial<Endpoint> = {}): Endpoint {
  return {
    id: 'a',
    name: 'Machine A',
    baseUrl,
    source: 'manual',
    status: 'online',
    model: 'm',
    models: ['m'],
    context: 4096,
    slots: 4,
    busySlots: 0,
    vision: false,
    hasApiKey: false,
    defaultPresetId: null,
    processId: null,
    launch: null,
    latencyMs: 1,
    checkedAt: null,
    problem: null,
    onDemand: false,
    isGateway: false,
    ...fields,
  };
}

/** The API key of an endpoint with one is `sk-<id>`. */
function targetOf(endpoint: Endpoint | undefined): { endpoint: Endpoint; apiKey: string | null } {
  if (endpoint === undefined) throw new AppError('NO_ENDPOINT', 'No server is online.');
  return { endpoint, apiKey: endpoint.hasApiKey ? `sk-${endpoint.id}` : null };
}
