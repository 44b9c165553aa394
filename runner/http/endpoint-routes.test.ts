import express from 'express';
import type { Express } from 'express';
import request from 'supertest';
import { beforeEach, expect, it } from 'vitest';
import { endpointListResponseSchema, endpointResponseSchema } from '#contract/endpoint';
import { errorBodySchema } from '#contract/error-codes';
import { fillPath, PATHS } from '#contract/paths';
import { okResponseSchema } from '#contract/process';
import type { EndpointRegistry } from '../serving/endpoints/endpoint-registry.ts';
import {
  loadingModel,
  newLlamaServer,
  script,
  scriptedServer,
  webPage,
} from '../serving/endpoints/testing/scripted-server.ts';
import type { Script } from '../serving/endpoints/testing/scripted-server.ts';
import { launched, testRegistry } from '../serving/endpoints/testing/test-registry.ts';
import { createLogger } from '../base/logger.ts';
import { endpointRoutes } from './endpoint-routes.ts';
import { errorHandler, notFound } from './error-handler.ts';

let app: Express;
let endpoints: EndpointRegistry;

beforeEach(() => {
  endpoints = testRegistry().registry;
  endpoints.start();
  const logger = createLogger({ level: 'silent', file: null });
  app = express()
    .use(express.json())
    .use(endpointRoutes({ endpoints }))
    .use(notFound)
    .use(errorHandler(logger));
});

async function added(body: object) {
  const answer = await request(app).post(PATHS.endpoints).send(body);
  expect(answer.status).toBe(201);
  return endpointResponseSchema.parse(answer.body).endpoint;
}
const errorOf = ({ body, status }: { body: unknown; status: number }) => ({
  status,
  ...errorBodySchema.parse(body).error,
});

it('an endpoint is added, listed, read, changed and removed, and its key is never answered', async () => {
  const server = await scriptedServer(script(newLlamaServer()));
  const { id } = await added({ name: 'GPU', baseUrl: `${server.url}/v1/`, apiKey: 's3cret' });
  const list = await request(app).get(PATHS.endpoints);
  expect(endpointListResponseSchema.parse(list.body).endpoints).toMatchObject([
    { id, baseUrl: server.url, status: 'online', hasApiKey: true },
  ]);
  const path = fillPath(PATHS.endpoint, id);
  const patched = await request(app).patch(path).send({ name: 'GPU 2', defaultPresetId: 'translator' });
  expect(endpointResponseSchema.parse(patched.body).endpoint).toMatchObject({
    name: 'GPU 2',
    defaultPresetId: 'translator',
    hasApiKey: true,
  });
  const read = await request(app).get(path);
  expect(endpointResponseSchema.parse(read.body).endpoint).toMatchObject({ name: 'GPU 2' });
  for (const { text } of [list, patched, read]) expect(text).not.toContain('s3cret');
  expect(okResponseSchema.parse((await request(app).delete(path)).body)).toEqual({ ok: true });
  expect(errorOf(await request(app).get(path))).toMatchObject({ status: 404, code: 'ENDPOINT_NOT_FOUND' });
});

it.each([
  ['loading', () => loadingModel, { status: 'loading', problem: expect.stringContaining('loading') }],
  ['offline', () => 'cut', { status: 'offline', problem: expect.stringContaining('closed the connection') }],
  ['a web page', () => webPage, { status: 'offline', problem: expect.stringContaining('web page') }],
] as [string, Script, object][])(
  'a ping of one that is %s is answered, and says so',
  async (_what, answers, found) => {
    const server = await scriptedServer(script(newLlamaServer()));
    const { id } = await added({ name: 'X', baseUrl: server.url });
    server.script = answers;
    const { body, status } = await request(app).post(fillPath(PATHS.endpointPing, id));
    expect(status).toBe(200);
    expect(endpointResponseSchema.parse(body).endpoint).toMatchObject(found);
  },
);

it.each([
  ['get', PATHS.endpoint],
  ['patch', PATHS.endpoint],
  ['delete', PATHS.endpoint],
  ['post', PATHS.endpointPing],
] as const)('%s %s of an unknown one is a 404 that says where to look', async (method, path) => {
  expect(errorOf(await request(app)[method](fillPath(path, 'nobody')).send({}))).toMatchObject({
    status: 404,
    code: 'ENDPOINT_NOT_FOUND',
    message: expect.stringContaining('GET /api/endpoints'),
  });
});

it.each([
  ['no address', { name: 'X' }],
  ['what is no address', { name: 'X', baseUrl: 'localhost' }],
  ['another protocol', { name: 'X', baseUrl: 'ftp://127.0.0.1' }],
  ['a password in the address', { name: 'X', baseUrl: 'http://me:s3cret@127.0.0.1:1' }],
  ['a query', { name: 'X', baseUrl: 'http://127.0.0.1:1?key=1' }],
  ['no name', { name: ' ', baseUrl: 'http://127.0.0.1:1' }],
  ['an unknown field', { name: 'X', baseUrl: 'http://127.0.0.1:1', source: 'launched' }],
])('%s is refused', async (_what, body) => {
  expect(errorOf(await request(app).post(PATHS.endpoints).send(body))).toMatchObject({
    status: 400,
    code: 'INVALID_REQUEST',
  });
  expect(endpoints.list()).toEqual([]);
});

it('an address that is there already is a 409 that names the other', async () => {
  await added({ name: 'First', baseUrl: 'http://127.0.0.1:1' });
  expect(
    errorOf(await request(app).post(PATHS.endpoints).send({ name: 'X', baseUrl: 'http://127.0.0.1:1/v1' })),
  ).toMatchObject({
    status: 409,
    code: 'ENDPOINT_EXISTS',
    message: expect.stringContaining('"First"'),
  });
});

it('a launched one belongs to its process', async () => {
  endpoints.setLaunched(launched({ baseUrl: 'http://127.0.0.1:1', processId: 'llama_1' }));
  const path = fillPath(PATHS.endpoint, 'llama_1');
  expect(errorOf(await request(app).delete(path))).toMatchObject({
    status: 409,
    code: 'ENDPOINT_IN_USE',
    message: expect.stringContaining('forget that process'),
  });
  expect(errorOf(await request(app).patch(path).send({ name: 'X' }))).toMatchObject({
    status: 400,
    details: [{ path: 'name' }],
  });
  expect(
    (await request(app).patch(path).send({ defaultPresetId: 'translator' })).body.endpoint,
  ).toMatchObject({
    defaultPresetId: 'translator',
  });
});
