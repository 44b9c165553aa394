import { expect, it } from 'vitest';
import { createTestApp } from '../../testing/create-test-app.ts';
import { answerJson, sayWords, scriptedUpstream } from '../../testing/scripted-upstream.ts';
import type { ScriptedUpstream } from '../../testing/scripted-upstream.ts';
import { waitUntil } from '../../testing/wait-until.ts';
import type { MqttLink } from './mqtt-link.ts';
import { linkTo, mosquitto } from './testing/test-peers.ts';

interface Project {
  upstream: ScriptedUpstream;
  link: MqttLink;
  /** Topic and text of each message below `demo/`, but requests. */
  heard: [string, string][];
  send: (topic: string, payload: object | string) => Promise<unknown>;
  /** The next message of the topic that was not waited for yet. */
  next: (topic: string) => Promise<string>;
  stop: () => Promise<void>;
}

/** A runner that serves the project "demo" with a scripted model server. */
async function project(): Promise<Project> {
  const broker = await mosquitto();
  const upstream = await scriptedUpstream(sayWords('good ', 'day'));
  const link = await linkTo(broker.address);
  const heard: [string, string][] = [];
  link.subscribe('demo/#', ({ topic, payload }) => heard.push([topic, payload.toString()]));
  const env = { MQTT_BROKER_URL: broker.url, MQTT_PROJECTS: 'demo', LLM_SERVER_URL: upstream.url };
  const app = await createTestApp({ env });
  const next = (topic: string): Promise<string> =>
    waitUntil(topic, () => {
      const index = heard.findIndex(([name]) => name === topic);
      return index !== -1 && heard.splice(index, 1)[0]?.[1];
    });
  await next('demo/status');
  const stop = (): Promise<void> => app.runner.stop({ keepProcesses: false, graceMs: 0 });
  return {
    upstream,
    link,
    heard,
    next,
    stop,
    send: (topic, payload) => link.publish(`demo/${topic}`, payload),
  };
}

const messagesOf = ({ requests }: ScriptedUpstream): unknown => requests.at(-1)?.body['messages'];

it('an answer comes whole on the topic of its session, or of its request, or where the client wishes', async () => {
  const { send, next, upstream } = await project();
  await send('user_input', {
    sessionId: 's1',
    message: 'hello',
    temperature: 0.1,
    topP: 0.5,
    maxTokens: 9,
    systemPrompt: 'be kind',
  });
  expect(await next('demo/assistant_response/s1')).toBe('good day');
  expect(upstream.requests[0]?.body).toMatchObject({ temperature: 0.1, top_p: 0.5, max_tokens: 9 });
  expect(messagesOf(upstream)).toEqual([
    { role: 'system', content: 'be kind' },
    { role: 'user', content: 'hello' },
  ]);
  await send('user_input', { sessionId: 's1', message: 'and now', clientId: 'c', requestId: 'r' });
  expect(await next('demo/assistant_response/s1/c/r')).toBe('good day');
  expect(messagesOf(upstream)).toHaveLength(4);
  await send('user_input', { sessionId: 's1', message: 'there', replyTopic: 'demo/my/place' });
  expect(await next('demo/my/place')).toBe('good day');
  await send('user_input', { sessionId: 's1', message: 'elsewhere', replyTopic: 'other/place' });
  expect(await next('demo/assistant_response/s1')).toBe('good day');
});

it('a failure comes as JSON on a topic of its own, never as an answer', async () => {
  const { send, next, upstream, heard } = await project();
  upstream.script = answerJson(500, { error: { message: 'out of memory' } });
  await send('user_input', { sessionId: 's1', message: 'hello', requestId: 'r1' });
  const failure: unknown = JSON.parse(await next('demo/assistant_response/s1/error'));
  expect(failure).toMatchObject({
    error: { code: 'UPSTREAM_REFUSED', message: expect.stringContaining('out of memory') as string },
    requestId: 'r1',
  });
  expect(heard.filter(([topic]) => topic === 'demo/assistant_response/s1')).toEqual([]);
});

it('template, clear_history and delete_session do what they say, and messages of one session wait for one another', async () => {
  const { send, next, upstream } = await project();
  await send('template', 'You are a parrot.');
  await send('user_input', { sessionId: 's1', message: 'one' });
  await send('user_input', { sessionId: 's1', message: 'two' });
  await next('demo/assistant_response/s1');
  await next('demo/assistant_response/s1');
  expect(messagesOf(upstream)).toMatchObject([
    { role: 'system', content: 'You are a parrot.' },
    {},
    {},
    { content: 'two' },
  ]);
  await send('clear_history', { sessionId: 's1' });
  await send('template', { sessionId: 's1', systemPrompt: 'You are an owl.' });
  await send('template', '');
  await send('user_input', { sessionId: 's1', message: 'three' });
  await next('demo/assistant_response/s1');
  expect(messagesOf(upstream)).toEqual([
    { role: 'system', content: 'You are an owl.' },
    { role: 'user', content: 'three' },
  ]);
  await send('delete_session', { sessionId: 's1' });
  await send('user_input', { sessionId: 's1', message: 'four' });
  await next('demo/assistant_response/s1');
  expect(messagesOf(upstream)).toEqual([{ role: 'user', content: 'four' }]);
});

it('a request that is delivered twice is answered once, garbage is dropped, and the status says when nobody is there', async () => {
  const { send, next, upstream, heard, stop } = await project();
  for (const garbage of ['', 'x', '{"sessionId":"../#"}', '{"sessionId":"s","message":1}']) {
    for (const topic of ['user_input', 'clear_history', 'delete_session']) await send(topic, garbage);
  }
  const request = { sessionId: 's1', message: 'hello', requestId: 'same' };
  await send('user_input', request);
  await send('user_input', request);
  await send('user_input', { ...request, requestId: 'last', replyTopic: 'demo/last' });
  await next('demo/last');
  expect(upstream.requests).toHaveLength(2);
  heard.length = 0;
  await stop();
  expect(JSON.parse(await next('demo/status'))).toMatchObject({ status: 'offline' });
});
