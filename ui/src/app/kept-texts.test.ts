import { expect, it } from 'vitest';
import { KeptTexts } from './kept-texts.ts';

function fakeStorage(first: string | null = null) {
  let stored = first;
  return { getItem: () => stored, setItem: (_key: string, value: string) => void (stored = value) };
}

it('keeps texts by id over a reload and forgets empty ones', () => {
  const storage = fakeStorage();
  const texts = new KeptTexts(() => storage, 'x');
  texts.set('a', 'one');
  texts.set('b', 'two');
  texts.set('a', 'three');
  texts.set('b', '');
  const reloaded = new KeptTexts(() => storage, 'x');
  expect([reloaded.get('a'), reloaded.get('b'), reloaded.get('c')]).toEqual(['three', null, null]);
});

it('lets the oldest go when there are many', () => {
  const texts = new KeptTexts(
    (
      (storage) => () =>
        storage
    )(fakeStorage()),
    'x',
  );
  for (let number = 0; number < 70; number += 1) texts.set(`id-${number}`, 'text');
  expect([texts.get('id-9'), texts.get('id-10')]).toEqual([null, 'text']);
});

it('works without a storage, and with rubbish in it', () => {
  const closed = new KeptTexts(() => {
    throw new Error('closed');
  }, 'x');
  closed.set('a', 'one');
  expect(closed.get('a')).toBeNull();
  const rubbish = new KeptTexts(() => fakeStorage('{"a":'), 'x');
  expect(rubbish.get('a')).toBeNull();
  expect(new KeptTexts(() => fakeStorage('[1,["a","one"]]'), 'x').get('a')).toBe('one');
});
