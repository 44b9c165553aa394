import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fillPath, PATHS } from '#contract/paths';
import { chatStream, contentOf } from '../testing/chat-client.ts';
import type { AnyFrame } from '../testing/chat-client.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { waitUntil } from '../testing/wait-until.ts';
import {
  chatRunner,
  clientWithKey,
  endlessModel,
  endpointOf,
  isBusy,
  launchServer,
  LONG_PROMPT,
  messagesOf,
  onlineEndpoint,
  readPieces,
  readUntil,
  say,
  servers,
  TINY_CHAT,
} from './chat-setup.ts';

/** The product's promise is 1 s; a loaded test machine gets twice that. */
const SLOT_FREE_MS = 2_000;
const GREEN_PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Empty for any other frame. */
function progressOf(frame: AnyFrame | undefined): Record<string, unknown> {
  return (frame?.['progress'] ?? {}) as Record<string, unknown>;
}

function promptTokensOf(done: AnyFrame | undefined): number {
  return Number((done?.['usage'] as Record<string, unknown> | undefined)?.['prompt_tokens']);
}

/** Runs it as a user would: by the shell, with the real programs. */
async function shell(line: string): Promise<string> {
  return (await promisify(execFile)('/bin/sh', ['-c', line], { timeout: 60_000 })).stdout;
}

describe.each(servers)('$recipe', ({ recipe, isHere }) => {
  const chatServer = { recipe, model: TINY_CHAT, context: 2048 };

  it.runIf(isHere)(
    'is talked to in a session, which outlives a stop and a new launch of its server',
    async () => {
      const runner = await chatRunner(tempDir());
      const endpoint = await launchServer(runner, chatServer);
      expect(endpoint).toMatchObject({
        source: 'launched',
        processId: 'server',
        model: 'tiny-chat.gguf',
        context: 2048,
        slots: 1,
      });
      const made = await runner.post(PATHS.sessions, { id: 'talk', endpointId: 'server' });
      expect(made).toMatchObject({ status: 201, body: { session: { id: 'talk', endpointId: 'server' } } });

      const answer = await say(runner, 'Reply with the word pong');
      expect(answer.headers.get('content-type')).toContain('text/event-stream');
      const frames = await answer.rest();
      const done = frames.pop();
      expect(frames.every((frame) => Object.keys(frame).join() === 'content')).toBe(true);
      expect(contentOf(frames).toLowerCase()).toContain('pong');
      const usage = {
        prompt_tokens: expect.any(Number),
        completion_tokens: expect.any(Number),
        total_tokens: expect.any(Number),
      };
      expect(done).toMatchObject({
        done: true,
        session_id: 'talk',
        endpoint_id: 'server',
        finish_reason: 'stop',
        usage,
      });
      expect(done).toMatchObject({ timings: { predicted_per_second: expect.any(Number) } });
      const history = await messagesOf(runner);
      expect(history).toMatchObject([
        { role: 'user', content: 'Reply with the word pong' },
        { role: 'assistant', status: 'complete', content: contentOf(frames) },
      ]);

      expect((await runner.post(fillPath(PATHS.stop, 'server'))).status).toBe(200);
      const stopped = await waitUntil('the endpoint is offline', async () => {
        const found = await endpointOf(runner);
        return found?.status === 'offline' && found;
      });
      expect(stopped.problem).toMatch(/not running/);
      const refused = await runner.post(PATHS.chatSessionStream, {
        session_id: 'talk',
        message: 'Are you there?',
      });
      expect(refused).toMatchObject({
        status: 503,
        error: { code: 'ENDPOINT_OFFLINE', message: expect.stringContaining('server') },
      });
      expect(await messagesOf(runner)).toEqual(history);

      const back = await launchServer(runner, chatServer);
      expect(back.baseUrl).not.toBe(endpoint.baseUrl);
      const second = (await (await say(runner, 'Count from 1 to 5', { seed: 7 })).rest()).at(-1);
      const tokensBefore = Number(history[1]?.meta?.promptTokens);
      expect(second).toMatchObject({
        done: true,
        session_id: 'talk',
        usage: { prompt_tokens: expect.any(Number) },
      });
      const [, , question, last] = await messagesOf(runner);
      expect(question?.content).toBe('Count from 1 to 5');
      expect(last).toMatchObject({
        status: 'complete',
        meta: {
          model: expect.stringContaining('tiny-chat.gguf'),
          endpointId: 'server',
          endpointName: 'server',
          finishReason: 'stop',
          sampler: {
            temperature: 0,
            seed: 7,
            max_tokens: expect.any(Number),
          },
          launch: expect.stringContaining(`--port ${new URL(back.baseUrl).port}`),
          completionTokens: expect.any(Number),
          tokensPerSecond: expect.any(Number),
          firstTokenMs: expect.any(Number),
        },
      });
      // The first question and its answer are in the second prompt.
      expect(last?.meta?.promptTokens).toBeGreaterThan(
        tokensBefore + Number(history[1]?.meta?.completionTokens),
      );
    },
  );

  it.runIf(isHere)(
    'is free again at once when the client leaves in mid-answer; what had arrived stays',
    async () => {
      const dir = tempDir();
      const runner = await chatRunner(dir);
      const endpoint = await launchServer(runner, { recipe, model: endlessModel(dir), context: 32_768 });
      const answer = await say(runner, 'go', { max_tokens: -1 });
      const seen = contentOf(await readPieces(answer, 20));
      expect(await isBusy(endpoint)).toBe(true);

      answer.leave();
      await waitUntil('the slot is free', async () => !(await isBusy(endpoint)), SLOT_FREE_MS);
      const cut = await waitUntil('the answer is stored', async () =>
        (await messagesOf(runner)).find(({ status }) => status === 'cut'),
      );
      expect(cut).toMatchObject({
        role: 'assistant',
        error: { code: 'CLIENT_GONE' },
        meta: { finishReason: 'stopped' },
      });
      expect(cut.content.startsWith(seen)).toBe(true);

      const next = await (await say(runner, 'again', { max_tokens: 5 })).rest();
      expect(next.at(-1)).toMatchObject({
        done: true,
        finish_reason: 'length',
        usage: { completion_tokens: 5 },
      });
      expect((await messagesOf(runner)).map(({ status }) => status)).toEqual([
        'complete',
        'cut',
        'complete',
        'complete',
      ]);
    },
  );

  it.runIf(isHere)('is free again at once when the client leaves while the prompt is read', async () => {
    const dir = tempDir();
    const runner = await chatRunner(dir);
    // A server looks for a lost client between two batches.
    const endpoint = await launchServer(runner, {
      recipe,
      model: endlessModel(dir),
      context: 32_768,
      batchSize: 512,
    });
    const answer = await say(runner, LONG_PROMPT, { max_tokens: -1 });
    await waitUntil('the server reads the prompt', async () => isBusy(endpoint));

    answer.leave();
    await waitUntil('the slot is free', async () => !(await isBusy(endpoint)), SLOT_FREE_MS);
    const cut = await waitUntil('the answer is stored', async () =>
      (await messagesOf(runner)).find(({ status }) => status === 'cut'),
    );
    // No token had come: it was left while the prompt was read.
    expect(cut).toMatchObject({ content: '', error: { code: 'CLIENT_GONE' }, meta: { firstTokenMs: null } });

    const next = (await (await say(runner, 'short', { max_tokens: 5 })).rest()).at(-1);
    expect(next).toMatchObject({ done: true, usage: { completion_tokens: 5 } });
    // A question without an answer is no part of what the model sees.
    expect((await messagesOf(runner)).at(-1)?.meta?.promptTokens).toBeLessThan(100);
  });

  it.runIf(isHere)('says how far the answer is, and when it will end', async () => {
    const dir = tempDir();
    const runner = await chatRunner(dir);
    await launchServer(runner, { recipe, model: endlessModel(dir), context: 32_768, batchSize: 512 });
    const answer = await say(
      runner,
      recipe === 'llama-server' ? LONG_PROMPT.slice(0, LONG_PROMPT.length / 2) : 'go',
      {
        max_tokens: 10_000,
        progress: true,
      },
    );
    const frames = await readUntil(
      answer,
      (frame) => typeof progressOf(frame)['expected_end_ms'] === 'number',
    );
    answer.leave();
    expect(progressOf(frames.at(-1))).toMatchObject({
      phase: 'answer',
      tokens_per_second: expect.any(Number),
    });
    expect(progressOf(frames[0])).toEqual({ phase: 'prompt', percent: null, tokens: null });
    // The embedded engine does not tell how much of the prompt it has read.
    if (recipe !== 'llama-server') return;
    const percents = frames.flatMap((frame) => progressOf(frame)['percent'] ?? []).map(Number);
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(percents.some((percent) => percent > 0 && percent < 100)).toBe(true);
    expect(percents.at(-1)).toBe(100);
  });

  it.runIf(isHere)('refuses a message over its context with numbers; the session goes on', async () => {
    const runner = await chatRunner(tempDir());
    await launchServer(runner, chatServer);
    const first = (await (await say(runner, 'Hello')).rest()).at(-1);
    const tooLong = 'one two three four '.repeat(1_000);
    const numbers = { context: 2048, tokens: expect.any(Number) };
    const frames = await (await say(runner, tooLong)).rest();
    expect(frames).toMatchObject([
      { code: 'CONTEXT_EXCEEDED', error: expect.stringContaining('2048'), details: numbers },
    ]);
    const whole = await runner.post(PATHS.chatSession, { session_id: 'talk', message: tooLong });
    expect(whole).toMatchObject({ status: 422, error: { code: 'CONTEXT_EXCEEDED', details: numbers } });
    const stateless = await runner.post(PATHS.chat, { messages: [{ role: 'user', content: tooLong }] });
    expect(stateless).toMatchObject({ status: 422, error: { code: 'CONTEXT_EXCEEDED', details: numbers } });

    const next = (await (await say(runner, 'Hello again')).rest()).at(-1);
    expect(next).toMatchObject({ done: true, finish_reason: 'stop' });
    expect(next).not.toHaveProperty('left_out');
    const messages = await messagesOf(runner);
    const [complete, failed] = [
      { status: 'complete' },
      { status: 'failed', content: '', error: { code: 'CONTEXT_EXCEEDED' } },
    ];
    expect(messages).toMatchObject([
      complete,
      complete,
      complete,
      failed,
      complete,
      failed,
      complete,
      complete,
    ]);
    // The history that the model saw: the first turn only.
    expect(promptTokensOf(next)).toBeGreaterThan(promptTokensOf(first));
    expect(promptTokensOf(next)).toBeLessThan(200);
  });

  it.runIf(isHere)('refuses an image, which its model cannot see, before anything is stored', async () => {
    const runner = await chatRunner(tempDir());
    await launchServer(runner, chatServer);
    await (await say(runner, 'Hello')).rest();
    const history = await messagesOf(runner);
    const refusal = {
      status: 422,
      error: { code: 'IMAGE_NOT_SUPPORTED', message: expect.stringContaining('text only') },
    };
    const question = { session_id: 'talk', message: 'What is this?', images: [GREEN_PIXEL] };
    expect(await runner.post(PATHS.chatSessionStream, question)).toMatchObject(refusal);
    expect(await runner.post(PATHS.chatSession, question)).toMatchObject(refusal);
    const content = [{ type: 'image_url', image_url: { url: GREEN_PIXEL } }];
    expect(await runner.post(PATHS.chat, { messages: [{ role: 'user', content }] })).toMatchObject(refusal);
    expect(await messagesOf(runner)).toEqual(history);
  });

  it.runIf(isHere && process.platform !== 'win32')(
    'keeps the answer, the session and the server when the runner is killed',
    async () => {
      const dir = tempDir();
      const killed = await chatRunner(dir);
      await launchServer(killed, { recipe, model: endlessModel(dir), context: 32_768 });
      const pidOf = async (runner: typeof killed): Promise<unknown> =>
        ((await runner.get(fillPath(PATHS.process, 'server'))).body['process'] as Record<string, unknown>)[
          'pid'
        ];
      const pid = await pidOf(killed);
      const answer = await say(killed, 'go', { max_tokens: -1, progress: true });
      const streamId = answer.headers.get('x-stream-id') ?? '';
      // Progress is told every 300 ms, and frames are recorded every 200 ms, by one loop: at the third time some have been recorded.
      let told = 0;
      const isThird = (frame: AnyFrame): boolean =>
        progressOf(frame)['phase'] === 'answer' && (told += 1) === 3;
      let seen = contentOf(await readUntil(answer, isThird));
      await killed.end('SIGKILL');
      seen += contentOf(await answer.rest().catch(() => []));

      const runner = await chatRunner(dir);
      const endpoint = await onlineEndpoint(runner);
      expect(await pidOf(runner)).toBe(pid);
      const [question, cut, ...more] = await messagesOf(runner);
      expect(more).toEqual([]);
      expect(question).toMatchObject({ role: 'user', content: 'go', status: 'complete' });
      expect(cut).toMatchObject({ role: 'assistant', status: 'cut' });
      const kept = cut?.content ?? '';
      expect(kept).not.toBe('');
      expect(kept.startsWith(seen) || seen.startsWith(kept)).toBe(true);
      expect((await runner.get(fillPath(PATHS.session, 'talk'))).body).toMatchObject({
        session: { isAnswering: false },
      });

      const replay = await (
        await chatStream(runner.url + fillPath(PATHS.chatStreams, streamId), null, { method: 'GET' })
      ).rest();
      expect(replay.at(-1)).toMatchObject({ code: 'RUNNER_KILLED', error: expect.any(String) });
      expect(contentOf(replay)).toBe(kept);
      // Its client, the killed runner, is gone.
      await waitUntil('the slot is free', async () => !(await isBusy(endpoint)), SLOT_FREE_MS);
      const next = (await (await say(runner, 'again', { max_tokens: 5 })).rest()).at(-1);
      expect(next).toMatchObject({ done: true, usage: { completion_tokens: 5 } });
      expect(readFileSync(`${dir}/runner.log`, 'utf8')).toContain('marked as cut');
    },
  );
});

describe.runIf(process.platform !== 'win32')("the seeds' examples for curl, but for host and port", () => {
  it('003: streams by server-sent events', async () => {
    const runner = await chatRunner(tempDir());
    await launchServer(runner, { recipe: 'embedded', model: TINY_CHAT, context: 2048 });
    const output = await shell(`curl -N -H "Authorization: Bearer YOUR_TOKEN" \\
  -H "Content-Type: application/json" \\
  -X POST http://localhost:${new URL(runner.url).port}/api/llm/chat/stream \\
  -d '{
    "messages": [
      {"role": "user", "content": "Write a short poem"}
    ]
  }'`);
    const lines = output.split('\n').filter((line) => line.startsWith('data:'));
    const frames = lines.map((line) => JSON.parse(line.slice('data: '.length)) as AnyFrame);
    expect(frames.pop()).toMatchObject({ done: true });
    expect(frames.length).toBeGreaterThan(1);
    expect(frames).toEqual(frames.map(() => ({ content: expect.any(String) })));
  });

  it('001: health and a whole answer', async () => {
    const runner = await chatRunner(tempDir());
    const { baseUrl } = await launchServer(runner, { recipe: 'embedded', model: TINY_CHAT, context: 2048 });
    const { port } = new URL(runner.url);
    expect(await shell(`curl http://localhost:${new URL(baseUrl).port}/health`)).toContain('"ok"');
    const health = JSON.parse(await shell(`curl http://localhost:${port}/api/llm/health`)) as unknown;
    expect(health).toMatchObject({
      ok: true,
      mode: 'sse',
      status: 'online',
      endpoint_id: 'server',
      server_url: baseUrl,
    });
    const answer = await shell(`curl -X POST http://localhost:${port}/api/llm/chat \\
  -H "Content-Type: application/json" \\
  -H "Authorization: Bearer YOUR_TOKEN" \\
  -d '{
    "messages": [
      {"role": "user", "content": "Hello!"}
    ]
  }'`);
    expect(JSON.parse(answer)).toMatchObject({
      ok: true,
      response: expect.stringMatching(/\w/),
      usage: { completion_tokens: expect.any(Number) },
    });
  });
});

it('API keys open the chat alone, each its own sessions', async () => {
  const [ownerToken, oneKey, otherKey] = [
    'token-of-the-owner-1',
    'key-of-one-client',
    'key-of-another-client',
  ];
  const runner = await chatRunner(tempDir(), { API_KEYS: `${oneKey},${otherKey}`, RUNNER_TOKEN: ownerToken });
  const as = (key: string): HttpClient => clientWithKey(runner.url, key);
  const [owner, one, other] = [as(ownerToken), as(oneKey), as(otherKey)];
  await launchServer(owner, { recipe: 'embedded', model: TINY_CHAT, context: 2048 });

  const contentsOf = async (client: HttpClient, id: string): Promise<unknown> => {
    const { body } = await client.get(fillPath(PATHS.chatHistory, id));
    return (body['messages'] as { content: string }[]).map(({ content }) => content)[0];
  };
  // The same name is another session for each.
  for (const [client, message] of [
    [one, 'Hello from one'],
    [other, 'Hello from the other'],
  ] as const) {
    expect(await client.post(PATHS.chatSession, { session_id: 'same', message })).toMatchObject({
      status: 200,
      body: { session_id: 'same' },
    });
  }
  expect(await contentsOf(one, 'same')).toBe('Hello from one');
  expect(await contentsOf(other, 'same')).toBe('Hello from the other');

  const { session_id: own, stream_id: stream } = (await one.post(PATHS.chatSession, { message: 'My own' }))
    .body;
  const unknown = { status: 404, error: { code: 'SESSION_NOT_FOUND' } };
  for (const stranger of [other, owner]) {
    expect(await stranger.get(fillPath(PATHS.chatHistory, String(own)))).toMatchObject(unknown);
    expect(await stranger.delete(fillPath(PATHS.chatSessionDelete, String(own)))).toMatchObject(unknown);
    const replay = await stranger.get(fillPath(PATHS.chatStreams, String(stream)));
    expect(replay).toMatchObject({ status: 404, error: { code: 'STREAM_NOT_FOUND' } });
  }
  expect(await contentsOf(one, String(own))).toBe('My own');

  const refused = { status: 401, error: { code: 'UNAUTHORIZED' } };
  expect(await as('key-of-nobody').get(PATHS.llmHealth)).toMatchObject(refused);
  expect(await runner.post(PATHS.chatSession, { message: 'No key' })).toMatchObject(refused);
  for (const path of [PATHS.processes, PATHS.sessions, PATHS.endpoints, PATHS.system]) {
    expect(await one.get(path)).toMatchObject(refused);
    expect(await owner.get(path)).toMatchObject({ status: 200 });
  }
  expect((await one.post(PATHS.launch, { id: 'theirs', cmd: 'true' })).status).toBe(401);
  expect((await one.delete(fillPath(PATHS.chatSessionDelete, String(own)))).status).toBe(200);
});
