import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { get, openStream } from './testing/ask.ts';
import { EngineFarm, findFreePort, tinyRandom } from './testing/engine-farm.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { tempDir } from '../testing/temp-dir.ts';

const farm = new EngineFarm();
afterAll(() => farm.endAll());

const endless = { messages: [{ role: 'user', content: 'go' }], ignore_eos: true, stream: true };

describe('the program', () => {
  it('refuses a flag by name, in one line, with exit 1', async () => {
    const engine = farm.start(['-m', tinyRandom, '--mmproj', 'x']);
    expect(await engine.exited).toEqual({ code: 1, signal: null });
    expect(engine.stderr).toBe('error: invalid argument: --mmproj\n');
    expect(engine.stdout).toBe('');
  });

  it('prints help and version on stdout', async () => {
    const help = farm.start(['--help']);
    const version = farm.start(['--version']);
    expect((await help.exited).code).toBe(0);
    expect((await version.exited).code).toBe(0);
    expect(help.stdout).toContain('--ctx-size');
    expect(version.stdout).toMatch(/^version: .*\d+\.\d+\.\d+/);
  });

  it('exits 1 without a model file, and with one that is none', async () => {
    const junk = join(tempDir(), 'junk.gguf');
    await writeFile(junk, 'this is not a model');
    for (const model of ['/no/such.gguf', junk]) {
      const engine = farm.start(['-m', model, '--port', '0']);
      expect(await engine.exited).toEqual({ code: 1, signal: null });
      expect(engine.stderr).toContain(`load_model: failed to load model, '${model}'`);
      expect(engine.stderr).toMatch(/E srv +llama_server: exiting due to model loading error\n$/);
    }
  });

  it('exits 1 when the port is taken, before it loads the model', async () => {
    const { url } = await farm.serve(['-m', tinyRandom]);
    const port = new URL(url).port;
    const second = farm.start(['-m', tinyRandom, '--port', port]);
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.stderr).toContain(
      `E srv         start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: ${port}\n`,
    );
    expect(second.stderr).toMatch(/exiting due to HTTP server error\n$/);
    expect(second.stderr).not.toContain('loading model');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with exit 0 on %s although a stream is open',
    async (signal) => {
      const { engine, url } = await farm.serve(['-m', tinyRandom]);
      const stream = openStream(`${url}/v1/chat/completions`, endless);
      await stream.read();
      engine.kill(signal);
      expect(await engine.exited).toEqual({ code: 0, signal: null });
      expect(engine.stderr).toContain('operator(): cleaning up before exit...');
    },
  );

  it('ends on a signal while it loads', async () => {
    const port = await findFreePort();
    const engine = farm.start(['-m', tinyRandom, '--port', String(port)]);
    await waitUntil(
      'an answer',
      async () => (await get(`http://127.0.0.1:${port}/health`).catch(() => undefined)) !== undefined,
    );
    engine.kill('SIGTERM');
    const { code, signal } = await engine.exited;
    // By the signal itself if llama.cpp could not be interrupted in time.
    expect(code === 0 || signal === 'SIGTERM').toBe(true);
  });
});
