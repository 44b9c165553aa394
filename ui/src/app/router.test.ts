import { expect, it } from 'vitest';
import { formatRoute, parseRoute } from './router.ts';

it.each(['#/servers', '#/system', '#/log/llama_8000', '#/process/a.b-c'])('reads and writes %s', (hash) => {
  expect(formatRoute(parseRoute(hash))).toBe(hash);
});

it.each(['', '#', '#/', '#/nowhere', '#token=x', '#/log', '#/log/%E0%A4'])('takes %s for the first screen', (hash) => {
  expect(parseRoute(hash)).toEqual({ screen: 'servers', processId: null, logId: null });
});
