/** What a key is charged for a request whose client left before the server told its tokens. */
import { expect, test } from 'vitest';
import { waitUntil } from '../testing/wait-until.ts';
import { estimatePromptTokens } from './accounting/estimate-prompt.ts';
import { chunkOf, openStream, rawUpstream } from './testing/raw-upstream.ts';
import type { RawScript } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';

const content = 'x'.repeat(4_000);
const ASK = { model: 'm', stream: true, messages: [{ role: 'user', content }] };

async function chargeOf(
  script: RawScript,
  path = '/chat/completions',
  body: object = ASK,
): Promise<[number | undefined, number | null]> {
  const upstream = await rawUpstream(script);
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const leave = new AbortController();
  const answer = app.post(path, body, { signal: leave.signal }).catch(() => undefined);
  await waitUntil(
    'the upstream to be at work',
    () => upstream.requests.length === 1 && app.gateway.live()[0]?.state !== 'queued',
  );
  if (script !== silent) await waitUntil('an event', () => (app.gateway.live()[0]?.tokens ?? 0) > 0);
  leave.abort();
  const { promptTokens } = await app.record();
  await answer;
  await waitUntil('the charge', () => app.spent.length === 1);
  return [app.spent[0]?.[1], promptTokens];
}

const silent: RawScript = () => undefined;
const begun: RawScript = (res) => {
  openStream(res);
  res.write(chunkOf('one') + chunkOf('two'));
};

test('its prompt by an estimate, beside the events that it got; the account stays silent about what nobody told', async () => {
  expect(await chargeOf(begun)).toEqual([1_002, null]);
  expect(await chargeOf(silent)).toEqual([1_000, null]);
});

test('what the server told goes before the estimate', async () => {
  const told: RawScript = (res) => {
    openStream(res);
    res.write('data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":1}}\n\n');
  };
  expect(await chargeOf(told)).toEqual([8, 7]);
});

test('nothing for a tokenizer, and nothing while it waits for its turn', async () => {
  expect(await chargeOf(silent, '/tokenize', { model: 'm', content, prompt: content })).toEqual([0, null]);
  const upstream = await rawUpstream(begun);
  const app = await testGateway({ endpoints: [endpointAt(upstream.url, { slots: 1 })] });
  await app.post('/chat/completions', ASK);
  const leave = new AbortController();
  const waiting = app.post('/chat/completions', ASK, { signal: leave.signal });
  await waitUntil('it to wait', () => app.gateway.waiting === 1);
  leave.abort();
  await expect(waiting).rejects.toThrow();
  await waitUntil('the charge', () => app.spent.length === 1);
  expect(app.spent).toEqual([[null, 0]]);
});

test.each<[string, Record<string, unknown>, number]>([
  ['a prompt', { prompt: 'x'.repeat(40) }, 10],
  ['letters of several bytes', { prompt: 'ž'.repeat(40) }, 20],
  ['tokens', { prompt: [1, 2, 3] }, 3],
  ['text among tokens', { prompt: [1, 2, 'x'.repeat(20), 3] }, 8],
  ['several inputs', { input: ['x'.repeat(20), 'x'.repeat(20)] }, 10],
  [
    'Anthropic’s system and messages',
    { system: 'x'.repeat(20), messages: [{ content: [{ type: '', text: 'x'.repeat(20) }] }] },
    10,
  ],
  [
    'no images',
    {
      messages: [
        {
          content: [
            { image_url: { url: `data:image/png;base64,${content}` } },
            { source: { data: content } },
          ],
        },
      ],
    },
    0,
  ],
  ['nothing else', { model: content, metadata: content }, 0],
])('the estimate counts %s', (_, body, tokens) => {
  expect(estimatePromptTokens(body)).toBe(tokens);
});

test('what is nested very deep is no trouble', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}"four"${']'.repeat(100_000)}`) as unknown;
  expect(estimatePromptTokens({ input: deep })).toBe(1);
});

test('millions of tokens count one by one, and are not looked at one by one', () => {
  let looks = 0;
  const tokens = new Proxy(Array<number>(300_000).fill(7), {
    get(target, name, receiver): unknown {
      looks += 1;
      return Reflect.get(target, name, receiver);
    },
  });
  expect(estimatePromptTokens({ prompt: tokens })).toBe(300_000);
  expect(looks).toBeLessThan(250_000);
});
