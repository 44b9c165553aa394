import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { gatewayKeySchema } from '#contract/gateway';
import { MIGRATIONS } from '../../store/migrations.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { waitUntil } from '../../testing/wait-until.ts';
import { keyInput, openTestStore, startKeys } from './key-testing.ts';

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

describe('a managed key', () => {
  it('is made with a secret of 256 bits, told once, and passes the contract', () => {
    const keys = startKeys(openTestStore());
    const { key, secret } = keys.create(
      keyInput({ models: ['qwen*'], routes: ['chat'], requestsPerMinute: 60 }),
    );
    expect(secret).toMatch(/^sk-lsm-[A-Za-z0-9_-]{43}$/);
    expect(gatewayKeySchema.parse(key)).toEqual(key);
    expect(key).toMatchObject({
      hint: secret.slice(0, 12),
      source: 'managed',
      createdAt: '2026-11-05T12:00:00.000Z',
      revokedAt: null,
    });
    expect(key).toMatchObject({
      models: ['qwen*'],
      routes: ['chat'],
      requestsPerMinute: 60,
      usedRequests: 0,
      lastUsedAt: null,
    });
    expect(keys.create(keyInput()).secret).not.toBe(secret);
    expect(keys.find(secret)).toEqual(key);
    for (const wrong of ['', secret.slice(0, -1), `${secret}x`, secret.toLowerCase()])
      expect(keys.find(wrong)).toBeNull();
  });

  it('leaves its secret in no file and in no answer but the first; what is stored is its hash', () => {
    const test = openTestStore();
    const keys = startKeys(test);
    const { key, secret } = keys.create(keyInput());
    keys.spend(key.id, { requests: 1, tokens: 1 });
    keys.flush();
    const answers = [
      keys.list(),
      keys.get(key.id),
      keys.find(secret),
      keys.change(key.id, { name: 'n' }),
      keys.revoke(key.id),
    ];
    expect(JSON.stringify(answers)).not.toContain(secret.slice(12));
    const [row] = test.store.prepare('SELECT hash FROM gateway_keys').all();
    expect(row?.['hash']).toBe(createHash('sha256').update(secret).digest('hex'));
    const readFiles = (): string =>
      readdirSync(test.dir)
        .map((name) => readFileSync(join(test.dir, name), 'latin1'))
        .join();
    expect(readFiles()).toContain(key.hint);
    expect(readFiles()).not.toContain(secret.slice(12));
    test.store.close();
    expect(readFiles()).toContain(String(row?.['hash']));
    expect(readFiles()).not.toContain(secret.slice(12));
  });

  it('is there again after a kill, with settings, usage and state, in the old order', () => {
    const test = openTestStore();
    const keys = startKeys(test);
    const first = keys.create(
      keyInput({
        name: 'first',
        models: ['a', 'b*'],
        routes: ['chat', 'other'],
        tokenQuota: 5,
        tokensPerMinute: 7,
      }),
    );
    test.clock.now = new Date('2026-11-05T13:00:00.000Z');
    const second = keys.create(keyInput({ name: 'second', expiresAt: '2027-01-01T01:00:00+01:00' }));
    expect(second.key.expiresAt).toBe('2027-01-01T00:00:00.000Z');
    keys.revoke(first.key.id);
    keys.spend(first.key.id, { requests: 1, tokens: 40 });
    keys.spend(first.key.id, { requests: 2, tokens: 2 });
    keys.flush();
    const again = startKeys(openTestStore(test.dir));
    expect(again.list()).toEqual(keys.list());
    expect(again.find(first.secret)).toMatchObject({
      usedRequests: 3,
      usedTokens: 42,
      lastUsedAt: '2026-11-05T13:00:00.000Z',
    });
    expect(again.find(first.secret)?.revokedAt).toBe('2026-11-05T13:00:00.000Z');
    expect(again.find(second.secret)).toEqual(second.key);
  });

  it('changes in the given fields only, for the store too, and tells of it', () => {
    const test = openTestStore();
    const keys = startKeys(test);
    const { key, secret } = keys.create(keyInput({ models: ['a'], requestsPerMinute: 3 }));
    const changed = vi.fn();
    keys.changed.subscribe(changed);
    const after = { ...key, name: 'desk', requestsPerMinute: null, expiresAt: '2026-12-01T00:00:00.000Z' };
    expect(
      keys.change(key.id, {
        name: 'desk',
        requestsPerMinute: null,
        expiresAt: '2026-12-01T00:00:00Z',
        models: undefined,
      }),
    ).toEqual(after);
    expect(keys.find(secret)).toEqual(after);
    expect(startKeys(openTestStore(test.dir)).get(key.id)).toEqual(after);
    expect(changed.mock.calls).toEqual([[key.id]]);
  });

  it('is revoked at once, for good, and twice is fine; only then it can be removed', () => {
    const test = openTestStore();
    const keys = startKeys(test);
    const { key, secret } = keys.create(keyInput());
    expect(() => keys.remove(key.id)).toThrow(code('GATEWAY_KEY_ACTIVE'));
    const revoked = keys.revoke(key.id);
    expect(revoked.revokedAt).toBe('2026-11-05T12:00:00.000Z');
    expect(keys.find(secret)).toEqual(revoked);
    test.clock.now = new Date('2026-11-06T12:00:00.000Z');
    expect(keys.revoke(key.id)).toEqual(revoked);
    expect(keys.change(key.id, { name: 'old' }).revokedAt).toBe(revoked.revokedAt);
    keys.spend(key.id, { requests: 1, tokens: 1 });
    keys.flush();
    keys.remove(key.id);
    expect(keys.find(secret)).toBeNull();
    expect(() => keys.get(key.id)).toThrow(code('GATEWAY_KEY_NOT_FOUND'));
    keys.spend(key.id, { requests: 1, tokens: 1 });
    keys.flush();
    expect(
      test.store
        .prepare('SELECT (SELECT count(*) FROM gateway_keys) + (SELECT count(*) FROM gateway_key_usage) AS n')
        .get(),
    ).toEqual({
      n: 0,
    });
    expect(test.faults).toEqual([]);
  });

  it('is refused when it would be dead from the start, and when its id is unknown', () => {
    const keys = startKeys(openTestStore());
    expect(() => keys.create(keyInput({ expiresAt: '2026-11-05T12:00:00Z' }))).toThrow(
      code('INVALID_REQUEST'),
    );
    expect(keys.list()).toEqual([]);
    for (const call of [
      () => keys.get('x'),
      () => keys.revoke('x'),
      () => keys.remove('x'),
      () => keys.change('x', { name: 'n' }),
    ]) {
      expect(call).toThrow(code('GATEWAY_KEY_NOT_FOUND'));
    }
  });
});

describe('keys of the environment', () => {
  it('come first, open everything, cannot be changed, and show a third of themselves at most', () => {
    const keys = startKeys(openTestStore(), [
      'short-1!',
      'sk-a-much-longer-secret-0123456789-0123456789',
      'short-1!',
    ]);
    keys.create(keyInput());
    const [short, long, managed] = keys.list();
    const hash = createHash('sha256').update('short-1!').digest('hex');
    expect(short).toMatchObject({
      id: `env-${hash.slice(0, 8)}`,
      hint: 'sh',
      source: 'environment',
      name: 'API_KEYS 1',
      createdAt: null,
    });
    expect(short).toMatchObject({
      models: [],
      routes: [],
      requestsPerMinute: null,
      tokenQuota: null,
      expiresAt: null,
      revokedAt: null,
    });
    expect(long).toMatchObject({ hint: 'sk-a-much-lo', name: 'API_KEYS 2' });
    expect(managed).toMatchObject({ source: 'managed' });
    expect(keys.list()).toHaveLength(3);
    expect(gatewayKeySchema.parse(short)).toEqual(short);
    expect(keys.find('short-1!')).toEqual(short);
    const id = short?.id ?? '';
    for (const call of [() => keys.change(id, { name: 'n' }), () => keys.revoke(id), () => keys.remove(id)]) {
      expect(call).toThrow(code('GATEWAY_KEY_READ_ONLY'));
    }
  });

  it('keep their usage over a restart', () => {
    const test = openTestStore();
    const keys = startKeys(test, ['secret-1']);
    keys.spend(keys.find('secret-1')?.id ?? '', { requests: 1, tokens: 9 });
    keys.stop();
    const again = startKeys(openTestStore(test.dir), ['secret-1']);
    expect(again.find('secret-1')).toMatchObject({
      usedRequests: 1,
      usedTokens: 9,
      lastUsedAt: '2026-11-05T12:00:00.000Z',
    });
  });
});

describe('usage', () => {
  it('counts at once and is written within about a second, many requests in one write', async () => {
    const test = openTestStore();
    const keys = startKeys(test);
    const { key } = keys.create(keyInput());
    const stored = (): unknown => test.store.prepare('SELECT requests, tokens FROM gateway_key_usage').get();
    for (let index = 0; index < 500; index += 1) keys.spend(key.id, { requests: 1, tokens: 2 });
    expect(keys.get(key.id)).toMatchObject({ usedRequests: 500, usedTokens: 1000 });
    expect(stored()).toBeUndefined();
    await waitUntil('the usage is written', () => stored(), 3000);
    expect(stored()).toEqual({ requests: 500, tokens: 1000 });
  });

  it('does not become nonsense by what a server tells', () => {
    const keys = startKeys(openTestStore());
    const { key } = keys.create(keyInput());
    for (const tokens of [Number.NaN, -5, Number.POSITIVE_INFINITY, 2.4])
      keys.spend(key.id, { requests: 1, tokens });
    expect(keys.get(key.id)).toMatchObject({ usedRequests: 4, usedTokens: 2 });
  });

  it.each([1e16, 1e18, 1e300])('stops at what can be counted, and is read again: %d tokens', (tokens) => {
    const test = openTestStore();
    const keys = startKeys(test, ['secret-1']);
    const { key } = keys.create(keyInput());
    for (const id of [key.id, keys.find('secret-1')?.id ?? '']) {
      for (let index = 0; index < 3; index += 1) keys.spend(id, { requests: 1, tokens });
    }
    keys.flush();
    expect(test.faults).toEqual([]);
    const again = startKeys(openTestStore(test.dir), ['secret-1']);
    expect(again.list().map(({ usedTokens }) => usedTokens)).toEqual([
      Number.MAX_SAFE_INTEGER,
      Number.MAX_SAFE_INTEGER,
    ]);
  });

  it('of an earlier version that is too large for JavaScript keeps nobody from starting', () => {
    const test = openTestStore();
    const keys = startKeys(test, ['secret-1']);
    const { key } = keys.create(keyInput());
    for (const { id } of keys.list()) keys.spend(id, { requests: 1, tokens: 1 });
    keys.stop();
    test.store.exec(
      'UPDATE gateway_key_usage SET requests = -9000000000000000000, tokens = 9000000000000000000',
    );
    const again = startKeys(openTestStore(test.dir), ['secret-1']);
    const most = { usedRequests: 0, usedTokens: Number.MAX_SAFE_INTEGER };
    expect(again.list()).toMatchObject([most, { ...most, id: key.id }]);
    again.spend(key.id, { requests: 1, tokens: 1 });
    expect(again.get(key.id)).toMatchObject({ usedRequests: 1, usedTokens: Number.MAX_SAFE_INTEGER });
  });

  it('survives a store that refuses for a while: nothing is thrown, nothing is lost', () => {
    const test = openTestStore();
    const keys = startKeys(test);
    const { key } = keys.create(keyInput());
    test.store.exec('PRAGMA query_only = ON');
    keys.spend(key.id, { requests: 1, tokens: 5 });
    keys.flush();
    expect(test.faults).toHaveLength(1);
    test.store.exec('PRAGMA query_only = OFF');
    keys.spend(key.id, { requests: 1, tokens: 5 });
    keys.flush();
    expect(test.faults).toHaveLength(1);
    expect(startKeys(openTestStore(test.dir)).get(key.id)).toMatchObject({ usedRequests: 2, usedTokens: 10 });
  });
});

describe('a store that cannot be written', () => {
  it('changes nothing but a revocation, which holds until it can be saved', () => {
    const test = openTestStore();
    const keys = startKeys(test);
    const { key, secret } = keys.create(keyInput());
    test.store.exec('PRAGMA query_only = ON');
    expect(() => keys.create(keyInput())).toThrow(code('STORAGE_FAILED'));
    expect(() => keys.change(key.id, { name: 'n' })).toThrow(code('STORAGE_FAILED'));
    expect(keys.list()).toEqual([key]);
    expect(() => keys.revoke(key.id)).toThrow(code('STORAGE_FAILED'));
    expect(keys.find(secret)?.revokedAt).not.toBeNull();
    expect(() => keys.remove(key.id)).toThrow(code('STORAGE_FAILED'));
    test.store.exec('PRAGMA query_only = OFF');
    const revoked = keys.revoke(key.id);
    expect(startKeys(openTestStore(test.dir)).get(key.id)).toEqual(revoked);
  });
});

describe('the open door', () => {
  it('is open before the first key only: revoking the last one does not open it again, removing it does', () => {
    const test = openTestStore();
    const keys = startKeys(test);
    expect(keys.isOpen).toBe(true);
    const { key } = keys.create(keyInput());
    expect(keys.isOpen).toBe(false);
    keys.revoke(key.id);
    expect(keys.isOpen).toBe(false);
    expect(startKeys(openTestStore(test.dir)).isOpen).toBe(false);
    keys.remove(key.id);
    expect(keys.isOpen).toBe(true);
    expect(startKeys(openTestStore(), ['secret-1']).isOpen).toBe(false);
  });

  it.each([
    `models = 'all of them'`,
    `routes = '["chat","everything"]'`,
    'requests_per_minute = 1152921504606846976',
    'token_quota = 0',
    `expires_at = '9026-11-05'`,
    // Values that were cut at the wrong place: the row's header is broken.
    `created_at = '026-11-05T12:00:00.000Zs'`,
    `revoked_at = ''`,
  ])('stays shut when a key cannot be read (%s): that key opens nothing and is reported', (broken) => {
    const test = openTestStore();
    const { secret } = startKeys(test).create(keyInput({ models: ['a'] }));
    test.store.exec(`UPDATE gateway_keys SET ${broken}`);
    const again = openTestStore(test.dir);
    const keys = startKeys(again);
    expect(keys.find(secret)).toBeNull();
    expect(keys.isOpen).toBe(false);
    expect(keys.locked).toBe('keys-unreadable');
    expect(again.faults).toHaveLength(1);
  });
});

it('two keys whose ids a broken byte made the same open nothing: one of them may be revoked', () => {
  const test = openTestStore();
  const keys = startKeys(test);
  const made = [keys.create(keyInput()), keys.create(keyInput())] as const;
  keys.revoke(made[0].key.id);
  test.store.close();
  const file = join(test.dir, 'store.db');
  const bytes = readFileSync(file);
  const [first, second] = made.map(
    ({ key, secret }) => key.id + createHash('sha256').update(secret).digest('hex'),
  );
  bytes.write(String(second).slice(0, made[1].key.id.length), bytes.indexOf(String(first)));
  writeFileSync(file, bytes);
  const again = startKeys(openTestStore(test.dir));
  for (const { secret } of made) expect(again.find(secret)).toBeNull();
  expect(again.isOpen).toBe(false);
});

it('a store of the version before the gateway gets its tables and keeps its rows', () => {
  const dir = tempDir();
  const old = new DatabaseSync(join(dir, 'store.db'));
  old.exec(`${MIGRATIONS[0]}; PRAGMA user_version = 1;
    INSERT INTO endpoints (id, source, name, base_url, created_at) VALUES ('e1', 'manual', 'n', 'http://127.0.0.1:1', '2026')`);
  old.close();
  const test = openTestStore(dir);
  startKeys(test).create(keyInput());
  expect(test.store.prepare('SELECT id FROM endpoints').all()).toEqual([{ id: 'e1' }]);
});
