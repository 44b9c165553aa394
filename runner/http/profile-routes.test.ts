import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import type { ErrorRequestHandler, Express } from 'express';
import request from 'supertest';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { STATUS_BY_CODE } from '#contract/error-codes';
import { fillPath, PATHS } from '#contract/paths';
import { okResponseSchema } from '#contract/process';
import { profileExportSchema, profileListResponseSchema, profileResponseSchema } from '#contract/profile';
import { AppError } from '../base/errors.ts';
import { withoutSecrets } from '../launch/without-secrets.ts';
import { createProfileStore } from '../profiles/profile-store.ts';
import { profileRoutes } from './profile-routes.ts';

let dir: string;
let app: Express;

// Express tells error handlers by their four parameters.
// oxlint-disable-next-line max-params
const onError: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (!(error instanceof AppError)) return next(error);
  res
    .status(STATUS_BY_CODE[error.code])
    .json({ ok: false, error: { code: error.code, message: error.message } });
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'profile-routes-'));
  let ids = 0;
  const profiles = createProfileStore({
    file: join(dir, 'profiles.json'),
    now: () => new Date(),
    newId: () => `id-${(ids += 1)}`,
    withoutSecrets,
  });
  await profiles.start();
  app = express().use(express.json()).use(profileRoutes({ profiles })).use(onError);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const input = (name: string) => ({
  name,
  processId: 'llama_8000',
  target: {
    recipe: 'llama-server',
    form: {
      model: 'm.gguf',
      apiKey: 's3cret',
      extraArgs: ['--hf-token', 's3cret'],
      env: { HF_TOKEN: 's3cret' },
    },
  },
  restart: { policy: 'always' },
});
async function made(name: string): Promise<string> {
  const { body, status } = await request(app).post(PATHS.profiles).send(input(name));
  expect(status).toBe(201);
  return profileResponseSchema.parse(body).profile.id;
}
async function names(): Promise<string[]> {
  const { body } = await request(app).get(PATHS.profiles);
  return profileListResponseSchema.parse(body).profiles.map(({ name }) => name);
}

test('a profile is made, read, changed and removed', async () => {
  const path = fillPath(PATHS.profile, await made('A'));
  expect(profileResponseSchema.parse((await request(app).get(path)).body).profile).toMatchObject(input('A'));
  const patched = await request(app).patch(path).send({ name: 'B' });
  expect(profileResponseSchema.parse(patched.body).profile).toMatchObject({
    name: 'B',
    restart: { policy: 'always' },
  });
  expect((await request(app).put(path).send(input('C'))).body.profile).toMatchObject({ name: 'C' });
  expect(okResponseSchema.parse((await request(app).delete(path)).body)).toEqual({ ok: true });
  expect((await request(app).get(path)).body.error.code).toBe('PROFILE_NOT_FOUND');
});

test('a copy is made', async () => {
  const { body, status } = await request(app).post(fillPath(PATHS.profileDuplicate, await made('A')));
  expect([status, profileResponseSchema.parse(body).profile.name]).toEqual([201, 'A (copy)']);
});

test('an export is a file without secrets, which can be imported', async () => {
  await made('A');
  const exported = await request(app).get(PATHS.profilesExport);
  expect(exported.headers['content-disposition']).toBe('attachment; filename="llm-profiles.json"');
  expect(exported.text).not.toContain('s3cret');
  const imported = await request(app)
    .post(PATHS.profilesImport)
    .send(profileExportSchema.parse(exported.body));
  expect(imported.status).toBe(201);
  expect(profileListResponseSchema.parse(imported.body).profiles.map(({ name }) => name)).toEqual(['A (2)']);
  expect(await names()).toEqual(['A', 'A (2)']);
});

test('an import with one bad profile adds none', async () => {
  const { status } = await request(app)
    .post(PATHS.profilesImport)
    .send({ format: 'llm-server-manager/profiles', version: 1, profiles: [input('A'), { name: 'B' }] });
  expect(status).toBe(400);
  expect(await names()).toEqual([]);
});

test.each([
  ['a name in use', () => input('A'), 409],
  ['no name', () => ({ ...input('B'), name: ' ' }), 400],
  ['an unknown field', () => ({ ...input('B'), id: 'mine' }), 400],
  ['nothing', () => undefined, 400],
])('%s is refused', async (_what, body, status) => {
  await made('A');
  expect((await request(app).post(PATHS.profiles).send(body())).status).toBe(status);
});
