import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import express from 'express';
import type { Express } from 'express';
import request from 'supertest';
import { beforeEach, expect, it } from 'vitest';
import { errorBodySchema } from '#contract/error-codes';
import { fillPath, PATHS } from '#contract/paths';
import { presetExportSchema, presetListResponseSchema, presetResponseSchema } from '#contract/preset';
import { okResponseSchema } from '#contract/process';
import { createLogger } from '../base/logger.ts';
import { PresetStore } from '../chat/presets/preset-store.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { errorHandler, notFound } from './error-handler.ts';
import { presetRoutes } from './preset-routes.ts';

let app: Express;
let userDir: string;

beforeEach(() => {
  userDir = join(tempDir(), 'presets');
  let ids = 0;
  const presets = new PresetStore({
    shippedDir: join(import.meta.dirname, '../../presets/prompts'),
    userDir,
    now: () => new Date(),
    newId: () => `id-${(ids += 1)}`,
  });
  presets.start();
  const logger = createLogger({ level: 'silent', file: null });
  app = express().use(express.json()).use(presetRoutes({ presets })).use(notFound).use(errorHandler(logger));
});

const quote = { name: 'Quote', template: '{{input}} in {{alloy}}', variables: { alloy: '6063' } };
async function made(name: string): Promise<string> {
  const { body, status } = await request(app)
    .post(PATHS.presets)
    .send({ ...quote, name });
  expect(status).toBe(201);
  return presetResponseSchema.parse(body).preset.id;
}
async function ownNames(): Promise<string[]> {
  const { body } = await request(app).get(PATHS.presets);
  const { presets } = presetListResponseSchema.parse(body);
  return presets.flatMap(({ name, origin }) => (origin === 'user' ? [name] : []));
}
const errorOf = ({ body, status }: { body: unknown; status: number }) => ({
  status,
  ...errorBodySchema.parse(body).error,
});

it('a preset is made, read, changed and removed', async () => {
  const path = fillPath(PATHS.preset, await made('A'));
  expect(presetResponseSchema.parse((await request(app).get(path)).body).preset).toMatchObject({
    ...quote,
    name: 'A',
    origin: 'user',
  });
  const patched = await request(app)
    .patch(path)
    .send({ name: 'B', sampler: { top_k: 40 } });
  expect(presetResponseSchema.parse(patched.body).preset).toMatchObject({
    ...quote,
    name: 'B',
    sampler: { top_k: 40 },
  });
  expect(okResponseSchema.parse((await request(app).delete(path)).body)).toEqual({ ok: true });
  expect(errorOf(await request(app).get(path))).toMatchObject({ status: 404, code: 'PRESET_NOT_FOUND' });
});

it('the shipped ones are listed, can be copied, and not changed', async () => {
  const { presets } = presetListResponseSchema.parse((await request(app).get(PATHS.presets)).body);
  expect(presets.every(({ origin }) => origin === 'shipped')).toBe(true);
  const path = fillPath(PATHS.preset, 'json-response');
  expect(errorOf(await request(app).patch(path).send({ name: 'X' }))).toMatchObject({
    status: 409,
    code: 'PRESET_READ_ONLY',
  });
  expect(errorOf(await request(app).delete(path))).toMatchObject({ status: 409, code: 'PRESET_READ_ONLY' });
  const copy = await request(app).post(fillPath(PATHS.presetDuplicate, 'json-response'));
  expect([copy.status, presetResponseSchema.parse(copy.body).preset.name]).toEqual([
    201,
    'JSON response (copy)',
  ]);
});

it('an export is a file, which can be imported', async () => {
  expect(errorOf(await request(app).get(PATHS.presetsExport))).toMatchObject({
    status: 404,
    code: 'PRESET_NOT_FOUND',
  });
  const id = await made('A');
  await made('B');
  const all = await request(app).get(PATHS.presetsExport);
  expect(all.headers['content-disposition']).toBe('attachment; filename="llm-presets.json"');
  expect(presetExportSchema.parse(all.body).presets.map(({ name }) => name)).toEqual(['A', 'B']);
  const some = await request(app).get(`${PATHS.presetsExport}?ids=${id},translator`);
  expect(presetExportSchema.parse(some.body).presets.map(({ name }) => name)).toEqual(['A', 'Translator']);
  expect(errorOf(await request(app).get(`${PATHS.presetsExport}?ids=${id},nobody`))).toMatchObject({
    status: 404,
  });
  const imported = await request(app).post(PATHS.presetsImport).send(some.body);
  expect([
    imported.status,
    presetListResponseSchema.parse(imported.body).presets.map(({ name }) => name),
  ]).toEqual([201, ['A (2)', 'Translator (2)']]);
  expect(await ownNames()).toEqual(['A', 'A (2)', 'B', 'Translator (2)']);
});

it('an import with one bad preset adds none', async () => {
  const presets = [quote, { name: 'Bad', template: '{{input}} {{nowhere}}' }];
  const { status, code, message } = errorOf(
    await request(app)
      .post(PATHS.presetsImport)
      .send({ format: 'llm-server-manager/presets', version: 1, presets }),
  );
  expect([status, code, message]).toEqual([400, 'INVALID_REQUEST', expect.stringContaining('{{nowhere}}')]);
  expect(await ownNames()).toEqual([]);
});

it.each([
  ['a name in use', { ...quote, name: 'A' }, { status: 409, code: 'PRESET_EXISTS' }],
  ['the name of a shipped one', { name: 'JSON response' }, { status: 409, code: 'PRESET_EXISTS' }],
  ['no name', { name: ' ' }, { status: 400, code: 'INVALID_REQUEST' }],
  ['an unknown field', { name: 'X', prompt: 'P' }, { status: 400, code: 'INVALID_REQUEST' }],
  [
    'a template with an unknown variable',
    { name: 'X', template: '{{input}} {{alloy}}' },
    {
      status: 400,
      code: 'INVALID_REQUEST',
      details: [{ path: 'template', message: expect.stringContaining('{{alloy}}') }],
    },
  ],
  [
    'a template without the input',
    { name: 'X', template: 'Hello' },
    { status: 400, message: expect.stringContaining('{{input}}') },
  ],
])('%s is refused', async (_what, body, error) => {
  await made('A');
  expect(errorOf(await request(app).post(PATHS.presets).send(body))).toMatchObject(error);
  expect(await ownNames()).toEqual(['A']);
});

it('a change that leaves the template without its variable is refused by its name', async () => {
  const path = fillPath(PATHS.preset, await made('A'));
  expect(errorOf(await request(app).patch(path).send({ variables: {} }))).toMatchObject({
    status: 400,
    details: [{ path: 'template', message: expect.stringContaining('{{alloy}}') }],
  });
});

it('a file that is not JSON takes nothing else along', async () => {
  await made('A');
  mkdirSync(userDir, { recursive: true });
  writeFileSync(join(userDir, 'broken.json'), 'not JSON');
  expect(await ownNames()).toEqual(['A']);
  expect(errorOf(await request(app).get(fillPath(PATHS.preset, 'broken')))).toMatchObject({
    status: 404,
    code: 'PRESET_NOT_FOUND',
  });
});

it.each(['..%2F..%2Fetc%2Fpasswd', '..', '%2e%2e'])('the id %s leads nowhere', async (id) => {
  expect((await request(app).delete(`${PATHS.presets}/${id}`)).status).toBe(404);
});
