import { expect, test } from 'vitest';
import { passHop } from './gateway-hops.ts';

test.each([
  [undefined, 'own'],
  ['', 'own'],
  ['a', 'a,own'],
  [' a , b,', 'a,b,own'],
  [['a', 'b'], 'a,b,own'],
  ['a,b,c', 'a,b,c,own'],
  ['owner,not-own', 'owner,not-own,own'],
])('%j goes on as %j', (given, passed) => {
  expect(passHop(given, 'own')).toBe(passed);
});

test.each([['own'], ['a, own'], ['own,b'], ['a,b,c,d'], ['a,a,a,a,a']])('%j is refused', (given) => {
  expect(() => passHop(given, 'own')).toThrow(
    expect.objectContaining({ status: 508, code: 'loop_detected', headers: { 'x-should-retry': 'false' } }),
  );
});
