import { expect, it } from 'vitest';
import type { Endpoint } from '#contract/endpoint';
import { EXAMPLE_LANGUAGES, clientExample, modelNames } from './client-example.ts';

const PARTS = { baseUrl: 'http://127.0.0.1:3002/v1', model: 'tiny-chat', needsKey: true };

const ENDPOINT: Endpoint = {
  id: 'llama_8000',
  name: 'llama_8000',
  baseUrl: 'http://127.0.0.1:8000',
  source: 'launched',
  status: 'online',
  model: null,
  models: [],
  context: null,
  slots: null,
  busySlots: null,
  vision: null,
  hasApiKey: false,
  defaultPresetId: null,
  processId: null,
  launch: null,
  onDemand: false,
  isGateway: false,
  latencyMs: null,
  checkedAt: null,
  problem: null,
};

it.each(EXAMPLE_LANGUAGES.map(({ value }) => value))(
  '%s: three lines with the address, the model and the key',
  (language) => {
    const text = clientExample(language, PARTS);
    expect(text.split('\n')).toHaveLength(3);
    for (const part of [PARTS.baseUrl, '"tiny-chat"', 'YOUR_API_KEY']) expect(text).toContain(part);
    expect(clientExample(language, { ...PARTS, needsKey: false })).not.toContain('YOUR_API_KEY');
  },
);

it('quotes names that would end a text too soon', () => {
  expect(clientExample('curl', { ...PARTS, model: `it's "it"` })).toContain(
    String.raw`{"model": "it'\''s \"it\""`,
  );
  expect(clientExample('python', { ...PARTS, model: 'a"b' })).toContain(String.raw`model="a\"b"`);
});

it('lists own names first, then what endpoints serve that are online or on demand, each once', () => {
  const endpoints = [
    { ...ENDPOINT, model: '/models/tiny-chat.gguf', models: ['/models/tiny-chat.gguf'] },
    { ...ENDPOINT, id: 'b', models: ['Qwen/Qwen2.5-7B'] },
    { ...ENDPOINT, id: 'silent' },
    { ...ENDPOINT, id: 'asleep', status: 'offline' as const, onDemand: true, model: 'big-chat' },
    { ...ENDPOINT, id: 'away', status: 'offline' as const, model: 'gone' },
  ];
  const routes = [{ model: 'fast', targets: [], fallback: ['tiny-chat'] }];
  expect(modelNames(routes, endpoints)).toEqual([
    'fast',
    'tiny-chat',
    'Qwen/Qwen2.5-7B',
    'silent',
    'big-chat',
  ]);
});
