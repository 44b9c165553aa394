import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, post } from './testing/ask.ts';
import { EngineFarm, findFreePort, tinyRandom } from './testing/engine-farm.ts';
import { waitUntil } from '../testing/wait-until.ts';

const farm = new EngineFarm();
let url = '';

beforeAll(async () => {
  ({ url } = await farm.serve(['-m', tinyRandom, '--api-key', 'one,two', '-np', '3', '-c', '1536']));
});
afterAll(() => farm.endAll());

const key = { Authorization: 'Bearer two' };

describe('the HTTP side', () => {
  it('answers before the model is loaded: health goes from 503 to 200', async () => {
    const port = await findFreePort();
    const early = farm.start(['-m', tinyRandom, '--port', String(port)]);
    const statuses: number[] = [];
    await waitUntil('health 200', async () => {
      const answer = await get(`http://127.0.0.1:${port}/health`).catch(() => undefined);
      if (answer === undefined) return false;
      statuses.push(answer.status);
      if (answer.status === 503) {
        expect(answer.body).toEqual({
          error: { code: 503, message: 'Loading model', type: 'unavailable_error' },
        });
      }
      return answer.status === 200;
    });
    expect(statuses[0]).toBe(503);
    expect(await early.ready()).toBe(`http://127.0.0.1:${port}`);
    expect(early.stderr).toMatch(
      /load_model: loading model .*\n(.*\n)*.*llama_server: model loaded\n.*llama_server: listening on http/,
    );
  });

  it('is healthy without a key', async () => {
    for (const path of ['/health', '/v1/health'])
      expect(await get(url + path)).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it.each(['/v1/models', '/props', '/slots'])('gives %s only with a key', async (path) => {
    const refused = await get(url + path);
    expect(refused).toEqual({
      status: 401,
      body: { error: { code: 401, message: 'Invalid API Key', type: 'authentication_error' } },
    });
    expect((await get(url + path, key)).status).toBe(200);
    expect((await get(url + path, { 'X-Api-Key': 'one' })).status).toBe(200);
  });

  it('refuses a generation with a wrong key', async () => {
    expect(
      (await post(`${url}/v1/chat/completions`, { messages: [] }, { Authorization: 'Bearer three' })).status,
    ).toBe(401);
  });

  it.each([
    ['GET', '/nope'],
    ['GET', '/v1/chat/completions'],
    ['GET', '/constructor'],
    ['PUT', '/health'],
  ])('knows no %s %s', async (method, path) => {
    const response = await fetch(url + path, { method, headers: key });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: { code: 404, message: 'File Not Found', type: 'not_found_error' },
    });
  });

  it('lets no other origin in', async () => {
    const response = await fetch(`${url}/health`, { headers: { Origin: 'http://evil.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('refuses a body over 16 MB', async () => {
    const { status } = await post(
      `${url}/tokenize`,
      JSON.stringify({ content: 'x'.repeat(17_000_000) }),
      key,
    );
    expect(status).toBe(413);
  });

  it('divides the context among slots asked for by number, and shows it', async () => {
    expect((await get(`${url}/props`, key)).body).toMatchObject({
      total_slots: 3,
      default_generation_settings: { n_ctx: 512 },
    });
    const idle = { n_ctx: 512, is_processing: false };
    expect((await get(`${url}/slots`, key)).body).toMatchObject([
      { id: 0, ...idle },
      { id: 1, ...idle },
      { id: 2, ...idle },
    ]);
    expect((await get(`${url}/v1/models`, key)).body).toMatchObject({
      data: [{ id: tinyRandom, meta: { n_ctx_train: 2048 } }],
    });
  });
});
