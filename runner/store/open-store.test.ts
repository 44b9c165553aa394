import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tempDir } from '../testing/temp-dir.ts';
import { MIGRATIONS } from './migrations.ts';
import { inTransaction, openStore } from './open-store.ts';
import type { Store } from './open-store.ts';

function opened(file: string): { store: Store; fault: { message: string } | null } {
  const result = openStore(file);
  onTestFinished(() => {
    if (result.store.isOpen) result.store.close();
  });
  return result;
}

const addSession = (store: Store, id: string): void => {
  store
    .prepare(
      `INSERT INTO sessions (principal, id, title, prompt, created_at, updated_at) VALUES ('local', ?, 't', '{}', '', '')`,
    )
    .run(id);
};
const count = (store: Store, table: string): unknown =>
  store.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];

it('makes the tables once, keeps what is in them, and is readable by its owner only', () => {
  const file = join(tempDir(), 'store.db');
  const { store, fault } = opened(file);
  expect(fault).toBeNull();
  addSession(store, 'a');
  store.close();
  const again = opened(file);
  expect(count(again.store, 'sessions')).toBe(1);
  expect(again.store.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length });
  expect(again.store.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('sets a damaged file aside and says where it is', () => {
  const dir = tempDir();
  const file = join(dir, 'store.db');
  writeFileSync(file, 'this is no database, and longer than the header of one would be: '.repeat(40));
  const { store, fault } = opened(file);
  expect(fault?.message).toMatch(/damaged/);
  addSession(store, 'a');
  const kept = readdirSync(dir).find((name) => name.includes('damaged')) ?? '';
  expect(readFileSync(join(dir, kept), 'utf8')).toContain('this is no database');
});

it('refuses a file of a newer version and leaves it as it is', () => {
  const file = join(tempDir(), 'store.db');
  const { store } = opened(file);
  addSession(store, 'a');
  store.exec('PRAGMA user_version = 999');
  store.close();
  expect(() => openStore(file)).toThrow(/newer version/);
  expect(() => openStore(file)).toThrow(/newer version/);
});

it('lives in memory where the file cannot be made, and says so', () => {
  const dir = tempDir();
  mkdirSync(join(dir, 'store.db'));
  const { store, fault } = opened(join(dir, 'store.db'));
  expect(fault?.message).toMatch(/in memory only/);
  addSession(store, 'a');
  expect(count(store, 'sessions')).toBe(1);
});

it('takes a failed transaction back as a whole', () => {
  const { store } = opened(join(tempDir(), 'store.db'));
  expect(() =>
    inTransaction(store, () => {
      addSession(store, 'a');
      addSession(store, 'a');
    }),
  ).toThrow(/UNIQUE/);
  expect(count(store, 'sessions')).toBe(0);
  expect(inTransaction(store, () => 7)).toBe(7);
});
