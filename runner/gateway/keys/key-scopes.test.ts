import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isExpired, isModelAllowed, isRouteAllowed } from './key-scopes.ts';

it.each([
  [[], 'anything', true],
  [['qwen3'], 'qwen3', true],
  [['qwen3'], 'qwen3-8b', false],
  [['qwen3'], 'Qwen3', false],
  [['qwen*'], 'qwen3-8b', true],
  [['qwen*'], 'my-qwen', false],
  [['*-instruct'], 'qwen-instruct', true],
  [['*'], '', true],
  [['a*b*c'], 'a-x-b-y-c', true],
  [['a*b*c'], 'a-x-c', false],
  [['aa*aa'], 'aaa', false],
  [['org/*'], 'org/model.gguf', true],
  [['m.1'], 'mx1', false],
  [['a', 'b*'], 'bc', true],
] as const)('models %j and the model %j: %s', (models, model, isAllowed) => {
  expect(isModelAllowed(models, model)).toBe(isAllowed);
});

it('stars mean what they mean in a regular expression', () => {
  const text = fc.array(fc.constantFrom('a', 'b', '*', '.'), { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, (pattern, name) => {
      const expression = new RegExp(`^${pattern.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`);
      expect(isModelAllowed([pattern], name)).toBe(expression.test(name));
    }),
    { numRuns: 2000 },
  );
});

it('many stars and a long name take no time', () => {
  const began = performance.now();
  expect(isModelAllowed([`${'*a'.repeat(100)}*b`], 'a'.repeat(100_000))).toBe(false);
  expect(performance.now() - began).toBeLessThan(500);
});

it('routes are open to all, or by name', () => {
  expect(isRouteAllowed([], 'other')).toBe(true);
  expect(isRouteAllowed(['chat', 'models'], 'models')).toBe(true);
  expect(isRouteAllowed(['chat', 'models'], 'embeddings')).toBe(false);
});

it('a key has expired from its very moment on', () => {
  const expiresAt = '2026-11-05T13:00:00+01:00';
  expect(isExpired({ expiresAt: null }, new Date())).toBe(false);
  expect(isExpired({ expiresAt }, new Date('2026-11-05T11:59:59.999Z'))).toBe(false);
  expect(isExpired({ expiresAt }, new Date('2026-11-05T12:00:00.000Z'))).toBe(true);
});
