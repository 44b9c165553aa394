import { describe, expect, it } from 'vitest';
import { launchTargetSchema } from '#contract/launch-form';
import type { ProcessSnapshot } from '#contract/process';
import { launchedServerOf, onDemandServerOf } from './launched-servers.ts';
import { processSpecSchema } from '../running/processes/process-spec.ts';
import type { ProcessSpec } from '../running/processes/process-spec.ts';
import { createTestApp, openStream, untilState } from '../testing/create-test-app.ts';
import { tinyChat } from '../engine/testing/engine-farm.ts';
import { waitUntil } from '../testing/wait-until.ts';

function specOf(rest: Partial<ProcessSpec>): ProcessSpec {
  return processSpecSchema.parse({
    id: 'p',
    recipe: 'llama-server',
    target: null,
    cmd: 'llama-server',
    args: [],
    env: {},
    cwd: null,
    shell: false,
    stdin: 'ignore',
    host: '127.0.0.1',
    port: 8001,
    ready: null,
    restart: { policy: 'never' },
    graceMs: 1,
    termAgainAfterMs: 2e3,
    profileId: null,
    display: 'llama-server …',
    ...rest,
  });
}

const snapshot = { id: 'p', state: 'ready', url: 'http://127.0.0.1:8001' } as ProcessSnapshot;
const serverOf = (rest: Partial<ProcessSpec>) => launchedServerOf(snapshot, specOf(rest));

describe('what a process says of its server', () => {
  it('is read from the arguments of llama-server', () => {
    const args = [
      '-m',
      '/models/qwen.gguf',
      '-c',
      '8192',
      '--api-key',
      'secret',
      '--mmproj',
      '/models/mm.gguf',
    ];
    expect(serverOf({ args })).toEqual({
      processId: 'p',
      state: 'ready',
      baseUrl: 'http://127.0.0.1:8001',
      recipe: 'llama-server',
      command: 'llama-server …',
      apiKey: 'secret',
      model: 'qwen.gguf',
      context: 8192,
      slots: null,
      vision: true,
    });
  });

  it('is read from those of llama_cpp.server, and from its environment', () => {
    const args = [
      '-m',
      'llama_cpp.server',
      '--model=C:\\models\\a.gguf',
      '--n_ctx',
      '4096',
      '--model_alias',
      'aria',
    ];
    expect(serverOf({ recipe: 'llama_cpp.server', args, env: { LLAMA_API_KEY: 'k' } })).toMatchObject({
      model: 'aria',
      context: 4096,
      apiKey: 'k',
      vision: null,
    });
  });

  it('leaves the context to the server where slots share it', () => {
    expect(serverOf({ args: ['-m', 'a.gguf', '-c', '8192', '--parallel', '4'] })).toMatchObject({
      context: null,
      slots: 4,
    });
  });

  it('is nothing for scripts and for commands that are no server', () => {
    expect(serverOf({ recipe: 'script', termAgainAfterMs: null })).toBeNull();
    expect(serverOf({ recipe: 'command', termAgainAfterMs: null })).toBeNull();
    expect(serverOf({ recipe: 'command', termAgainAfterMs: 2_000 })).toMatchObject({ processId: 'p' });
  });
});

describe('what a saved form says of its server', () => {
  const onDemandOf = (recipe: string, form: object) =>
    onDemandServerOf('p', launchTargetSchema.parse({ recipe, form }));

  it('is what its process will say, but for a port that is not chosen yet', () => {
    const form = { model: '/models/qwen.gguf', context: 8192, extraArgs: ['--alias', 'qwen'] };
    const told = {
      processId: 'p',
      baseUrl: 'http://127.0.0.1:0',
      model: 'qwen',
      context: 8192,
      slots: null,
      vision: null,
    };
    expect(onDemandOf('llama-server', form)).toEqual(told);
    expect(onDemandOf('llama_cpp.server', { model: 'a.gguf', port: 8001, host: '0.0.0.0' })).toMatchObject({
      model: 'a.gguf',
      baseUrl: 'http://127.0.0.1:8001',
    });
    expect(onDemandOf('embedded', form)).toEqual(told);
  });

  it('is nothing for what is no server, or has no URL', () => {
    expect(onDemandOf('command', { cmd: 'llama-server' })).toBeNull();
    expect(onDemandOf('script', { path: '/a.sh' })).toBeNull();
    expect(onDemandOf('llama-server', { model: 'a.gguf', host: '/tmp/a.sock' })).toBeNull();
  });
});

describe('the one event stream', () => {
  it('tells of endpoints and of changed sessions, with the key of a server passed on and never shown', async () => {
    const app = await createTestApp();
    const events = await openStream(`${app.url}/api/runner/stream`);
    expect((await events.until(({ event }) => event === 'endpoints')).at(-1)?.data).toEqual({
      endpoints: [],
    });
    const form = { model: tinyChat, port: 'auto', apiKey: 'not-to-be-shown' };
    await app.post('/api/runner/launch', { id: 'demo', recipe: 'embedded', form });
    await untilState(app, 'demo', ['ready']);
    await events.until(
      ({ event, data }) => event === 'endpoints' && JSON.stringify(data).includes('"status":"online"'),
    );
    const answer = await app.post('/api/llm/chat/session', {
      session_id: 's',
      message: 'Reply with the word pong',
      temperature: 0,
    });
    expect(answer.body).toMatchObject({ ok: true, response: 'pong' });
    await events.until(({ event, data }) => event === 'sessions' && data['id'] === 's');
    await app.post('/api/runner/stop/demo');
    const seen = await events.until(
      ({ event, data }) => event === 'endpoints' && JSON.stringify(data).includes('"status":"offline"'),
    );
    const all = JSON.stringify([
      seen,
      (await app.get('/api/endpoints')).body,
      (await app.get('/api/sessions/s')).body,
    ]);
    expect(all).not.toContain('not-to-be-shown');
    await app.delete('/api/runner/processes/demo');
    await waitUntil('the endpoint to be forgotten', async () => {
      const { body } = await app.get('/api/endpoints');
      return (body['endpoints'] as unknown[]).length === 0;
    });
  });
});
