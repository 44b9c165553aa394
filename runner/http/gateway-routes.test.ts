import express from 'express';
import type { Express } from 'express';
import request from 'supertest';
import { beforeEach, expect, it, vi } from 'vitest';
import { errorBodySchema } from '#contract/error-codes';
import {
  gatewayKeyCreatedResponseSchema,
  gatewayKeyListResponseSchema,
  gatewayKeyResponseSchema,
  gatewayLiveResponseSchema,
  gatewayRouteListResponseSchema,
  gatewayRouteResponseSchema,
  gatewayUsageResponseSchema,
} from '#contract/gateway';
import type { GatewayLiveRequest } from '#contract/gateway';
import { Accounting } from '../gateway/accounting/accounting.ts';
import { openTestStore, startKeys } from '../gateway/keys/key-testing.ts';
import type { TestStore } from '../gateway/keys/key-testing.ts';
import { RouteStore } from '../serving/models/route-store.ts';
import { createLogger } from '../base/logger.ts';
import { errorHandler, notFound } from './error-handler.ts';
import { gatewayRoutes } from './gateway-routes.ts';

const liveRequest: GatewayLiveRequest = {
  id: 'req-1',
  at: '2026-11-05T12:00:00.000Z',
  keyId: null,
  keyName: null,
  model: 'qwen',
  endpointId: 'e1',
  route: '/v1/chat/completions',
  isStream: true,
  state: 'answering',
  tokens: 7,
  place: null,
};
const cancel = vi.fn((id: string) => id === 'req-1');

let app: Express;
let test: TestStore;
let accounting: Accounting;

beforeEach(() => {
  test = openTestStore();
  const { store, clock } = test;
  const onFault = (error: unknown): void => void test.faults.push(error);
  const keys = startKeys(test, ['environment-secret']);
  const routes = new RouteStore({ store, onFault });
  routes.start();
  accounting = new Accounting({ store, now: () => clock.now, onFault });
  const live = { list: () => [liveRequest], cancel };
  app = express()
    .use(express.json())
    .use(
      gatewayRoutes({
        keys,
        routes,
        accounting,
        live,
        models: () => ({ models: [], budgetMb: null, usedMb: 0, queueLimit: 8, gatewayUrl: null }),
      }),
    )
    .use(notFound)
    .use(errorHandler(createLogger({ level: 'silent', file: null })));
});

const errorOf = ({ body, status }: { body: unknown; status: number }) => ({
  status,
  ...errorBodySchema.parse(body).error,
});
async function made(input: object): Promise<{ path: string; secret: string }> {
  const { body, status, headers } = await request(app).post('/api/gateway/keys').send(input);
  expect([status, headers['cache-control']]).toEqual([201, 'no-store']);
  const { key, secret } = gatewayKeyCreatedResponseSchema.parse(body);
  return { path: `/api/gateway/keys/${key.id}`, secret };
}

it('a key is made, shown without its secret, changed, revoked and removed', async () => {
  const { path, secret } = await made({ name: ' laptop ', models: ['qwen*'], requestsPerMinute: 5 });
  const shown = [
    await request(app).get('/api/gateway/keys'),
    await request(app).get(path),
    await request(app).patch(path).send({ name: 'desk', requestsPerMinute: null }),
    await request(app).post(`${path}/revoke`),
  ];
  expect(shown.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  for (const { text } of shown) expect(text).not.toContain(secret.slice(12));
  const [list, got, changed, revoked] = shown.map(({ body }) => body as unknown);
  expect(gatewayKeyListResponseSchema.parse(list).keys.map(({ source }) => source)).toEqual([
    'environment',
    'managed',
  ]);
  expect(gatewayKeyResponseSchema.parse(got).key).toMatchObject({
    name: 'laptop',
    models: ['qwen*'],
    routes: [],
    requestsPerMinute: 5,
  });
  expect(gatewayKeyResponseSchema.parse(changed).key).toMatchObject({
    name: 'desk',
    models: ['qwen*'],
    requestsPerMinute: null,
  });
  expect(gatewayKeyResponseSchema.parse(revoked).key.revokedAt).toBe('2026-11-05T12:00:00.000Z');
  expect((await request(app).delete(path)).body).toEqual({ ok: true });
  expect(errorOf(await request(app).get(path))).toMatchObject({ status: 404 });
});

it('a key is refused with every faulty field, and stays when it is in use or of the environment', async () => {
  const bad = {
    name: '',
    models: [''],
    routes: ['shell'],
    requestsPerMinute: 0,
    expiresAt: 'tomorrow',
    admin: true,
  };
  const refused = errorOf(await request(app).post('/api/gateway/keys').send(bad));
  expect(refused).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
  for (const field of ['name', 'models.0', 'routes.0', 'requestsPerMinute', 'expiresAt', 'admin'])
    expect(refused.message).toContain(field);
  const past = await request(app)
    .post('/api/gateway/keys')
    .send({ name: 'a', expiresAt: '2026-11-01T00:00:00Z' });
  expect(errorOf(past)).toMatchObject({ status: 400, details: [{ path: 'expiresAt' }] });
  const { path } = await made({ name: 'a' });
  expect(errorOf(await request(app).patch(path).send({ secret: 'x' }))).toMatchObject({ status: 400 });
  expect(errorOf(await request(app).delete(path))).toMatchObject({ status: 409 });
  const { keys } = gatewayKeyListResponseSchema.parse((await request(app).get('/api/gateway/keys')).body);
  const environment = `/api/gateway/keys/${keys[0]?.id}`;
  expect(errorOf(await request(app).patch(environment).send({ name: 'a' }))).toMatchObject({ status: 409 });
  expect(errorOf(await request(app).post(`${environment}/revoke`))).toMatchObject({ status: 409 });
  expect(errorOf(await request(app).delete(environment))).toMatchObject({ status: 409 });
  for (const call of [
    request(app).patch('/api/gateway/keys/x').send({}),
    request(app).post('/api/gateway/keys/x/revoke'),
  ]) {
    expect(errorOf(await call)).toMatchObject({ status: 404 });
  }
});

it('routes are put, listed and removed, names with a slash too', async () => {
  const route = { model: 'org/small', targets: [{ endpointId: 'e1' }], fallback: ['tiny'] };
  const put = await request(app).put('/api/gateway/routes').send(route);
  const full = { ...route, targets: [{ endpointId: 'e1', model: null, weight: 1, priority: 0 }] };
  expect([put.status, gatewayRouteResponseSchema.parse(put.body).route]).toEqual([200, full]);
  const list = await request(app).get('/api/gateway/routes');
  expect(gatewayRouteListResponseSchema.parse(list.body).routes).toEqual([full]);
  const cycle = await request(app)
    .put('/api/gateway/routes')
    .send({ model: 'tiny', fallback: ['org/small'] });
  expect(errorOf(cycle)).toMatchObject({ status: 400, details: [{ path: 'fallback' }] });
  expect(errorOf(await request(app).put('/api/gateway/routes').send({ model: 'm' }))).toMatchObject({
    status: 400,
    details: [{ path: 'targets' }],
  });
  const path = `/api/gateway/routes/${encodeURIComponent('org/small')}`;
  expect((await request(app).delete(path)).body).toEqual({ ok: true });
  expect(errorOf(await request(app).delete(path))).toMatchObject({ status: 404 });
});

it('usage comes in steps, and a question for too much or nonsense is refused', async () => {
  accounting.record({
    id: 'r',
    at: '2026-11-05T11:10:00.000Z',
    keyId: 'k',
    keyName: 'laptop',
    model: 'qwen',
    endpointId: 'e1',
    isStream: false,
    route: '/v1/chat/completions',
    status: 200,
    errorCode: null,
    promptTokens: 3,
    completionTokens: 4,
    firstTokenMs: 1,
    durationMs: 2,
    tokensPerSecond: 3,
  });
  const usageOf = async (query: string) =>
    gatewayUsageResponseSchema.parse((await request(app).get(`/api/gateway/usage${query}`)).body);
  const { buckets, latest } = await usageOf('');
  expect(buckets).toMatchObject([
    { at: '2026-11-05T11:00:00.000Z', keyId: 'k', model: 'qwen', requests: 1, promptTokens: 3 },
  ]);
  expect(latest).toMatchObject([{ id: 'r', isStream: false }]);
  expect((await usageOf('?hours=1&step=5')).buckets).toMatchObject([{ at: '2026-11-05T11:10:00.000Z' }]);
  for (const query of [
    'hours=0',
    'hours=721',
    'step=0',
    'hours=a',
    'hours=720&step=1',
    'step=1441',
    'hours=1.5',
  ]) {
    expect(errorOf(await request(app).get(`/api/gateway/usage?${query}`)), query).toMatchObject({
      status: 400,
    });
  }
});

it('live requests are listed and cancelled', async () => {
  const { body } = await request(app).get('/api/gateway/live');
  expect(gatewayLiveResponseSchema.parse(body).requests).toEqual([liveRequest]);
  expect((await request(app).post('/api/gateway/live/req-1/cancel')).body).toEqual({ ok: true });
  expect(errorOf(await request(app).post('/api/gateway/live/req-2/cancel'))).toMatchObject({ status: 404 });
  expect(cancel.mock.calls.flat()).toEqual(['req-1', 'req-2']);
});

it('a disk that is full is a 507 that says so', async () => {
  test.store.exec('PRAGMA query_only = ON');
  expect(errorOf(await request(app).post('/api/gateway/keys').send({ name: 'a' }))).toMatchObject({
    status: 507,
    code: 'STORAGE_FAILED',
  });
});
