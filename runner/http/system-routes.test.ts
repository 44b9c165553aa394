import { join } from 'node:path';
import express from 'express';
import request from 'supertest';
import { expect, test } from 'vitest';
import { PATHS } from '#contract/paths';
import { modelListResponseSchema, systemResponseSchema } from '#contract/system';
import { createSystem } from '../system/system.ts';
import { systemRoutes } from './system-routes.ts';

const system = createSystem({
  version: '1.2.3',
  dataDir: 'data',
  modelDirs: [],
  shippedModelsDir: join(import.meta.dirname, '..', '..', 'presets', 'models'),
  llamaServer: null,
  searchPath: '',
  faults: () => [],
});
const app = express().use(systemRoutes(system));

test('the models list holds the shipped model', async () => {
  const { body } = await request(app).get(PATHS.models);
  const { models, folders } = modelListResponseSchema.parse(body);
  expect(models.map(({ name }) => name)).toContain('tiny-chat');
  expect(folders).toEqual([]);
});

test('the facts of the machine are told', async () => {
  const { body } = await request(app).get(PATHS.system);
  expect(systemResponseSchema.parse(body)).toMatchObject({ version: '1.2.3', platform: process.platform });
});
