import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Router } from 'express';
import supertest from 'supertest';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createApp } from './app.ts';
import { Tickets } from './http/guard.ts';
import { listenOn } from './base/listen.ts';
import { createLogger } from './base/logger.ts';
import { tempDir } from './testing/temp-dir.ts';

describe('an error inside the runner', () => {
  it('shows an id and no stack; the log has both under that id', async () => {
    const file = join(tempDir(), 'runner.log');
    const broken = Router().get('/broken', () => {
      throw new TypeError('secret detail of the inside');
    });
    const app = createApp({
      logger: createLogger({
        level: 'info',
        file,
      }),
      allowedHosts: [],
      allowedOrigins: [],
      token: null,
      apiKeys: [],
      v1: Router(),
      tickets: new Tickets(),
      page: Router(),
      routers: [broken],
    });
    const server = createServer(app);
    onTestFinished(() => void server.close());
    const { status, body, text } = await supertest(
      await listenOn(server, { host: '127.0.0.1', port: 0 }),
    ).get('/broken');
    expect({ status, code: body.error.code }).toEqual({ status: 500, code: 'INTERNAL' });
    expect(text).not.toMatch(/secret detail|TypeError|\.ts|node_modules| at /);
    const { id } = body.error.details as { id: string };
    expect(body.error.message).toContain(id);
    const record: unknown = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes(id))
      .map((line) => JSON.parse(line) as unknown)[0];
    expect(record).toMatchObject({
      id,
      method: 'GET',
      path: '/broken',
      err: { message: 'secret detail of the inside', stack: expect.stringContaining('app.test.ts') },
    });
  });
});
