/** How a stream that fails ends, in the words of each API. */
import { expect, test } from 'vitest';
import type { ModelsPort } from '../../serving/serving-request.ts';
import { openStream, rawUpstream } from '../testing/raw-upstream.ts';
import { endpointAt, testGateway } from '../testing/test-gateway.ts';

const first = (data: object): string => `event: x\ndata: ${JSON.stringify(data)}\n\n`;
const events =
  first({ type: 'response.created', sequence_number: 0 }) +
  first({ type: 'response.in_progress', sequence_number: 1 });

async function endOf(path: string, sent = events): Promise<string> {
  const upstream = await rawUpstream((res) => {
    openStream(res);
    res.write(sent);
    setTimeout(() => res.socket?.resetAndDestroy(), 20);
  });
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const text = await (await app.post(path, { model: 'm', stream: true })).text();
  expect(text.startsWith(sent)).toBe(true);
  return text.slice(sent.length);
}

const MESSAGE = 'The connection to the model server broke in mid-answer. What came before is all there is.';

test('/v1/messages: the error event of Anthropic', async () => {
  const error = { type: 'error', error: { type: 'api_error', message: MESSAGE } };
  expect(await endOf('/messages')).toBe(`event: error\ndata: ${JSON.stringify(error)}\n\n`);
});

test('/v1/responses: the error event of the Responses API, with the next number', async () => {
  const error = { type: 'error', code: 'upstream_error', message: MESSAGE, param: null, sequence_number: 2 };
  expect(await endOf('/responses')).toBe(`event: error\ndata: ${JSON.stringify(error)}\n\n`);
});

test.each(['/chat/completions', '/completions'])('%s: the envelope as data', async (path) => {
  expect(await endOf(path)).toMatch(
    /^data: \{"error":\{"message":"The connection [^\n]*"code":"upstream_error"\}\}\n\n$/,
  );
});

test('after an event whose name alone had come, it is that event; after one without its end, it stands for itself', async () => {
  expect(await endOf('/messages', `${events}event: content_block_delta\n`)).toMatch(/^event: error\ndata: /);
  expect(await endOf('/messages', `${events}event: ping\ndata: {}\n`)).toMatch(/^\n\nevent: error\ndata: /);
});

test('also where the client waited, and nothing but comments came before', async () => {
  const upstream = await rawUpstream((res) => {
    res.socket?.resetAndDestroy();
  });
  const load = async (): Promise<() => void> =>
    new Promise((resolve) => setTimeout(() => resolve(() => undefined), 50));
  let isLoaded = false;
  const enter = (): (() => void) | null => (isLoaded ? () => undefined : null);
  const models: ModelsPort = {
    enter,
    async load(_id, { onPlace }) {
      onPlace(1);
      return load().finally(() => (isLoaded = true));
    },
  };
  const app = await testGateway({
    endpoints: [endpointAt(upstream.url, { onDemand: true })],
    models,
    commentEveryMs: 5,
  });
  const text = await (await app.post('/messages', { model: 'm', stream: true })).text();
  expect(text).toMatch(
    /^: waiting [^]*\n\nevent: error\ndata: \{"type":"error","error":\{"type":"api_error","message":"The model server/,
  );
});
