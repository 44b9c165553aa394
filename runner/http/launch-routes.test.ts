import express from 'express';
import type { ErrorRequestHandler } from 'express';
import request from 'supertest';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { STATUS_BY_CODE } from '#contract/error-codes';
import { launchContextResponseSchema, previewResponseSchema } from '#contract/launch-form';
import type { RecipeContext } from '#contract/launch-form';
import { PATHS } from '#contract/paths';
import { hardwarePresetSchema } from '#contract/profile';
import { AppError } from '../base/errors.ts';
import { launchRoutes } from './launch-routes.ts';

const context: RecipeContext = {
  platform: 'linux',
  cores: 4,
  binaries: {
    llamaServer: null,
    python: 'python3',
    node: '/usr/bin/node',
    engine: '/app/engine.ts',
    powershell: null,
  },
  freePort: 40_000,
};
const hosts: string[] = [];

// Express tells error handlers by their four parameters.
// oxlint-disable-next-line max-params
const onError: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (!(error instanceof AppError)) return next(error);
  res
    .status(STATUS_BY_CODE[error.code])
    .json({ ok: false, error: { code: error.code, message: error.message, details: error.details } });
};
const app = express()
  .use(express.json())
  .use(
    launchRoutes({
      recipeContext: (host) => {
        hosts.push(host);
        return Promise.resolve(context);
      },
      defaultRecipe: () => 'embedded',
      demoModel: '/models/tiny.gguf',
    }),
  )
  .use(onError);

test('a preview is the command and its line for each shell', async () => {
  const target = {
    recipe: 'llama_cpp.server',
    form: { model: '/my models/a.gguf', host: '0.0.0.0', apiKey: 's3' },
  };
  const { body, status } = await request(app).post(PATHS.preview).send(target);
  const { command, line } = previewResponseSchema.parse(body);
  expect(status).toBe(200);
  expect(command).toMatchObject({
    cmd: 'python3',
    port: 40_000,
    readyUrl: 'http://127.0.0.1:40000/v1/models',
  });
  const rest = '--host 0.0.0.0 --port 40000 --api_key s3';
  expect(line.posix).toBe(
    `PYTHONUNBUFFERED=1 python3 -m llama_cpp.server --model '/my models/a.gguf' ${rest}`,
  );
  expect(line.cmd).toBe(
    `set "PYTHONUNBUFFERED=1" && python3 -m llama_cpp.server --model "/my models/a.gguf" ${rest}`,
  );
  expect(line.powershell).toBe(
    `$env:PYTHONUNBUFFERED='1'; python3 -m llama_cpp.server --model '/my models/a.gguf' --host '0.0.0.0' --port 40000 --api_key s3`,
  );
  expect(hosts).toContain('0.0.0.0');
});

test('what cannot be launched here is an error with the field at fault', async () => {
  const { body, status } = await request(app)
    .post(PATHS.preview)
    .send({ recipe: 'script', form: { path: 'x.bat' } });
  expect(status).toBe(422);
  expect(body.error).toEqual({
    code: 'SCRIPT_UNSUPPORTED',
    message: expect.stringContaining('needs Windows'),
    details: {
      field: 'path',
      reason: 'batch-needs-windows',
      values: { extension: '.bat', platform: process.platform },
    },
  });
});

test('a form with faults is refused with the faulty fields', async () => {
  const { body, status } = await request(app)
    .post(PATHS.preview)
    .send({ recipe: 'llama-server', form: { model: '', port: 99_999 } });
  expect(status).toBe(400);
  expect(body.error.details.map(({ path }: { path: string }) => path)).toEqual(['form.model', 'form.port']);
});

test('the context says what the page must know', async () => {
  const { body } = await request(app).get(PATHS.launchContext);
  expect(launchContextResponseSchema.parse(body)).toEqual({
    ok: true,
    context,
    defaultRecipe: 'embedded',
    demoModel: '/models/tiny.gguf',
  });
});

test('there are three hardware presets', async () => {
  const { body } = await request(app).get(PATHS.hardwarePresets);
  expect(
    z
      .array(hardwarePresetSchema)
      .parse(body.presets)
      .map(({ id }) => id),
  ).toEqual(['high-end', 'mid-range', 'low-end']);
});
