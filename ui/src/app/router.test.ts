import { expect, it } from 'vitest';
import { formatRoute, parseRoute } from './router.ts';

it.each([
  '#/servers',
  '#/gateway',
  '#/tunnels',
  '#/mqtt',
  '#/connect',
  '#/system',
  '#/log/llama_8000',
  '#/process/a.b-c',
  '#/chat',
  '#/chat/compare',
  '#/chat/s%C5%BE-1',
  '#/prompts',
  '#/prompts/p1',
])('reads and writes %s', (hash) => {
  expect(formatRoute(parseRoute(hash))).toBe(hash);
});

it.each(['', '#', '#/', '#/nowhere', '#token=x', '#/log', '#/log/%E0%A4'])(
  'takes %s for the first screen',
  (hash) => {
    expect(parseRoute(hash)).toEqual({ screen: 'servers', processId: null, logId: null });
  },
);

it('tells a session, the comparison and a preset apart', () => {
  expect(parseRoute('#/chat/s1')).toEqual({ screen: 'chat', sessionId: 's1', compare: false });
  expect(parseRoute('#/chat/compare')).toEqual({ screen: 'chat', sessionId: null, compare: true });
  expect(parseRoute('#/prompts/p1')).toEqual({ screen: 'prompts', presetId: 'p1' });
});
