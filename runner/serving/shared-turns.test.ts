/** Chat and `/v1` ask the same servers: one count of slots, one waiting line, one way to fall back. Through a whole runner. */
import { expect, test } from 'vitest';
import { chatStream } from '../testing/chat-client.ts';
import { createTestApp } from '../testing/create-test-app.ts';
import type { TestApp } from '../testing/create-test-app.ts';
import { chunkOf, FINISH, openEvents, sayWords, scriptedUpstream } from '../testing/scripted-upstream.ts';
import type { ScriptedUpstream } from '../testing/scripted-upstream.ts';
import { waitUntil } from '../testing/wait-until.ts';

const MESSAGES = [{ role: 'user', content: 'hi' }];

/** Answers when it is told to, and counts who it works for. */
async function slowServer(slots: number): Promise<{
  server: ScriptedUpstream;
  working: () => number;
  most: () => number;
  finishOne: () => void;
}> {
  const finishes: (() => void)[] = [];
  let working = 0;
  let most = 0;
  const server = await scriptedUpstream(async (res, { body }) => {
    working += 1;
    most = Math.max(most, working);
    await new Promise<void>((resolve) => finishes.push(resolve));
    working -= 1;
    if (body['stream'] === true) {
      openEvents(res);
      res.end(chunkOf({ content: 'done' }) + FINISH);
    } else {
      const message = { role: 'assistant', content: 'done' };
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ model: 'scripted', choices: [{ index: 0, message, finish_reason: 'stop' }] }));
    }
  });
  server.answers['/health'] = () => ({ status: 'ok' });
  server.answers['/props'] = () => ({ total_slots: slots });
  return { server, working: () => working, most: () => most, finishOne: () => finishes.shift()?.() };
}

async function addEndpoint(app: TestApp, name: string, baseUrl: string): Promise<string> {
  const { status, body } = await app.post('/api/endpoints', { name, baseUrl });
  expect(status).toBe(201);
  return (body['endpoint'] as { id: string }).id;
}

async function places(app: TestApp): Promise<number[]> {
  const { body } = await app.get('/api/gateway/live');
  const requests = body['requests'] as { place: number | null }[];
  return requests.flatMap(({ place }) => place ?? []);
}

test('six clients of chat and /v1 never have more at work than the server has slots, and wait in one order', async () => {
  const { server, working, most, finishOne } = await slowServer(2);
  const app = await createTestApp();
  const endpointId = await addEndpoint(app, 'A', server.url);
  const chatPlaces: Record<string, number[]> = {};
  const chat = async (name: string): Promise<string> => {
    const seen = (chatPlaces[name] = [] as number[]);
    const request = { endpoint_id: endpointId, messages: MESSAGES, progress: true };
    const stream = await chatStream(`${app.url}/api/llm/chat/stream`, request);
    let text = '';
    for (let frame = await stream.next(); frame !== null; frame = await stream.next()) {
      const { phase, place } = (frame['progress'] ?? {}) as { phase?: string; place?: number };
      if (phase === 'queued' && place !== undefined) seen.push(place);
      text += typeof frame['content'] === 'string' ? frame['content'] : '';
    }
    return text;
  };
  const v1 = async (): Promise<string> => {
    const { body } = await app.post('/v1/chat/completions', { model: 'scripted', messages: MESSAGES });
    return (body['choices'] as { message: { content: string } }[])[0]?.message.content ?? '';
  };

  const answers = [chat('first'), v1()];
  await waitUntil('both slots to be busy', () => working() === 2);
  answers.push(chat('third'));
  await waitUntil('the third to have place 1', () => chatPlaces['third']?.at(-1) === 1);
  answers.push(v1());
  await waitUntil('the fourth to have place 2', async () => (await places(app)).includes(2));
  answers.push(chat('fifth'));
  await waitUntil('the fifth to have place 3', () => chatPlaces['fifth']?.at(-1) === 3);
  answers.push(v1());
  await waitUntil('the sixth to have place 4', async () => (await places(app)).includes(4));

  for (let asked = 2; asked <= 6; asked += 1) {
    await waitUntil(`${asked} requests to have reached the server`, () => server.requests.length === asked);
    finishOne();
  }
  finishOne();
  expect(await Promise.all(answers)).toEqual(['done', 'done', 'done', 'done', 'done', 'done']);
  expect(most()).toBe(2);
  expect(chatPlaces).toEqual({ first: [], third: [1], fifth: [3, 2, 1] });
});

test('where the chosen endpoint is down, chat falls back as the gateway does, and says who answered', async () => {
  const other = await scriptedUpstream(sayWords('from', ' B'));
  const app = await createTestApp();
  const down = await scriptedUpstream();
  const chosen = await addEndpoint(app, 'A', down.url);
  const standIn = await addEndpoint(app, 'B', other.url);
  await down.close();

  const { body } = await app.post('/api/llm/chat/session', { endpoint_id: chosen, message: 'hi' });
  expect(body).toMatchObject({ ok: true, response: 'from B', endpoint_id: standIn });
  const { body: session } = await app.get(`/api/sessions/${String(body['session_id'])}`);
  const messages = session['messages'] as { role: string; meta: { endpointName: string } | null }[];
  expect(messages.at(-1)?.meta?.endpointName).toBe('B');

  const alone = { endpoint_id: chosen, messages: MESSAGES, fallback: false };
  expect((await app.post('/api/llm/chat', alone)).body).toMatchObject({
    ok: false,
    error: { code: 'ENDPOINT_OFFLINE' },
  });
});

test('where no endpoint of the model can be asked, chat takes the fallback of its route', async () => {
  const small = await scriptedUpstream(sayWords('small'));
  small.answers['/v1/models'] = () => ({ object: 'list', data: [{ id: 'small' }] });
  const app = await createTestApp();
  const big = await scriptedUpstream();
  const chosen = await addEndpoint(app, 'Big', big.url);
  await addEndpoint(app, 'Small', small.url);
  const route = { model: 'scripted', targets: [], fallback: ['small'] };
  expect((await app.put('/api/gateway/routes', route)).status).toBe(200);
  await big.close();

  const { body } = await app.post('/api/llm/chat', { endpoint_id: chosen, messages: MESSAGES });
  expect(body).toMatchObject({ ok: true, response: 'small' });
  expect(small.requests.at(-1)?.body['model']).toBe('small');
});
