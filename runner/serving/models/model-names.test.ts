import { expect, test } from 'vitest';
import type { GatewayRoute } from '#contract/gateway';
import { knownNames, listedModels, resolveModel } from './models-of-endpoints.ts';
import { nearNames } from './near-names.ts';
import { endpointAt } from '../../gateway/testing/test-gateway.ts';

const endpoints = [
  endpointAt('http://a', {
    id: 'llama_8000',
    name: 'Big one',
    model: '/models/Qwen3-4B-Q4_K_M.gguf',
    models: [],
  }),
  endpointAt('http://b', { id: 'b', name: 'Other', model: 'small', models: ['small', 'org/large'] }),
  endpointAt('http://c', { id: 'c', name: 'small', model: null, models: [], status: 'offline' }),
];
const target = { model: null, weight: 1, priority: 0 };
const routes: GatewayRoute[] = [
  {
    model: 'gpt-4o',
    targets: [
      { ...target, endpointId: 'b', model: 'org/large' },
      { ...target, endpointId: 'gone' },
    ],
    fallback: ['small'],
  },
  { model: 'small', targets: [], fallback: ['gpt-4o'] },
  { model: 'dead', targets: [{ ...target, endpointId: 'c' }], fallback: [] },
];
const directory = { endpoints, routes };

test.each([
  ['/models/Qwen3-4B-Q4_K_M.gguf', [['llama_8000', '/models/Qwen3-4B-Q4_K_M.gguf']]],
  ['Qwen3-4B-Q4_K_M.gguf', [['llama_8000', '/models/Qwen3-4B-Q4_K_M.gguf']]],
  ['Qwen3-4B-Q4_K_M', [['llama_8000', '/models/Qwen3-4B-Q4_K_M.gguf']]],
  ['llama_8000', [['llama_8000', '/models/Qwen3-4B-Q4_K_M.gguf']]],
  ['Big one', [['llama_8000', '/models/Qwen3-4B-Q4_K_M.gguf']]],
  ['small', [['b', 'small']]],
  ['org/large', [['b', 'org/large']]],
  ['gpt-4o', [['b', 'org/large']]],
  ['c', [['c', null]]],
  ['dead', [['c', null]]],
])('%s goes to %j', (name, expected) => {
  expect(
    resolveModel(name, directory)?.candidates.map(({ endpoint, model }) => [endpoint.id, model]),
  ).toEqual(expected);
});

test('another gateway is asked for a model by its name, never for the one that the chat uses there', () => {
  const gateway = endpointAt('http://g', {
    id: 'g',
    name: 'Runner A',
    isGateway: true,
    model: 'gone',
    models: ['x.gguf', 'org/y'],
  });
  const empty = endpointAt('http://h', {
    id: 'h',
    name: 'Runner H',
    isGateway: true,
    model: null,
    models: [],
  });
  const local = endpointAt('http://l', { id: 'l', model: '/models/x.gguf', models: [] });
  const named: GatewayRoute[] = [
    { model: 'org/y', targets: [{ ...target, endpointId: 'g' }], fallback: [] },
    { model: 'alias', targets: [{ ...target, endpointId: 'g' }], fallback: [] },
  ];
  const both = { endpoints: [gateway, empty, local], routes: named };
  const sentFor = (name: string) =>
    resolveModel(name, both)?.candidates.map(({ endpoint, model }) => [endpoint.id, model]);
  expect(sentFor('x')).toEqual([
    ['g', 'x.gguf'],
    ['l', '/models/x.gguf'],
  ]);
  expect(sentFor('org/y')).toEqual([['g', 'org/y']]);
  expect(sentFor('gone')).toBeUndefined();
  expect([sentFor('Runner A'), sentFor('alias')]).toEqual([[['g', 'gone']], [['g', 'gone']]]);
  expect(listedModels(both).map(({ name }) => name)).toEqual(['org/y', 'alias', 'x.gguf']);
});

test('a route adds its fallback, also to a name that endpoints have', () => {
  expect(resolveModel('gpt-4o', directory)?.fallback).toEqual(['small']);
  expect(resolveModel('small', directory)?.fallback).toEqual(['gpt-4o']);
  expect(resolveModel('large', directory)).toBeNull();
});

test('listed is what can be used now, each once', () => {
  expect(listedModels(directory).map(({ name }) => name)).toEqual([
    'gpt-4o',
    'Qwen3-4B-Q4_K_M.gguf',
    'small',
    'org/large',
  ]);
});

test.each([
  ['qwen3', ['Qwen3-4B-Q4_K_M']],
  ['gpt4o', ['gpt-4o']],
  ['gpt-4', ['gpt-4o']],
  ['smal', ['small']],
  ['claude-opus', []],
])('%s is near %j', (wrong, expected) => {
  const near = nearNames(wrong, knownNames(directory));
  for (const name of expected) expect(near).toContain(name);
  if (expected.length === 0) expect(near).toEqual([]);
  expect(near.length).toBeLessThanOrEqual(3);
});
