import { expect, it } from 'vitest';
import { TokenStore } from './token-store.ts';

function fakePage(hash: string, kept: string | null = null) {
  const replaced: string[] = [];
  let stored = kept;
  return {
    replaced,
    location: { hash, pathname: '/base/', search: '?x=1' },
    history: {
      replaceState: (_state: unknown, _title: string, url?: string | URL | null) =>
        void replaced.push(String(url)),
    },
    sessionStorage: {
      getItem: () => stored,
      setItem: (_key: string, value: string) => void (stored = value),
    },
  };
}

it('takes the token from the fragment once and removes it from the address', () => {
  const page = fakePage('#token=a%20b');
  const tokens = new TokenStore(page);
  tokens.start();
  expect(tokens.get()).toBe('a b');
  expect(page.replaced).toEqual(['/base/?x=1']);
  expect(page.sessionStorage.getItem()).toBe('a b');
});

it('uses the stored token and leaves other fragments alone', () => {
  const page = fakePage('#/log/a', 'stored');
  const tokens = new TokenStore(page);
  tokens.start();
  expect(tokens.get()).toBe('stored');
  expect(page.replaced).toEqual([]);
});

it('notifies once of a refused token, until there is a new one', () => {
  const tokens = new TokenStore(fakePage(''));
  tokens.start();
  let notifications = 0;
  tokens.subscribe(() => (notifications += 1));
  tokens.refuse();
  tokens.refuse();
  expect([tokens.isRefused(), notifications]).toEqual([true, 1]);
  tokens.set('next');
  expect([tokens.isRefused(), tokens.get(), notifications]).toEqual([false, 'next', 2]);
});
