import { expect, it } from 'vitest';
import { ToolCallCollector } from './tool-calls.ts';

it('puts streamed pieces together by their index', () => {
  const collector = new ToolCallCollector();
  collector.add([{ index: 0, id: 'a', type: 'function', function: { name: 'get', arguments: '{"ci' } }]);
  collector.add([{ index: 1, id: 'b', function: { name: 'put', arguments: '{}' } }]);
  collector.add([{ index: 0, function: { arguments: 'ty":1}' } }, 'garbage']);
  expect(collector.calls).toEqual([
    { id: 'a', type: 'function', function: { name: 'get', arguments: '{"city":1}' } },
    { id: 'b', type: 'function', function: { name: 'put', arguments: '{}' } },
  ]);
});

it('is null without any', () => {
  expect(new ToolCallCollector().calls).toBeNull();
});
