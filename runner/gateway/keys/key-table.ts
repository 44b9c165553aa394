/** Keeps API keys and their usage in the tables `gateway_keys` and `gateway_key_usage`: the hash of a secret, never the secret. */
import { z } from 'zod';
import { gatewayKeySchema } from '#contract/gateway';
import type { GatewayKey } from '#contract/gateway';
import { inTransaction } from '../../store/open-store.ts';
import type { Store } from '../../store/open-store.ts';

export interface KeyUsage {
  usedRequests: number;
  usedTokens: number;
  lastUsedAt: string | null;
}

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue('is not JSON');
    return z.NEVER;
  }
});
/** As BigInt: a broken row may hold more than JavaScript can count, and reading that as a number throws. */
const limit = z
  .bigint()
  .nullable()
  .transform((value) => (value === null ? null : Number(value)));
const rowSchema = z.object({
  id: z.string(),
  hash: z.string(),
  hint: z.string(),
  name: z.string(),
  models: json,
  routes: json,
  requests_per_minute: limit,
  tokens_per_minute: limit,
  token_quota: limit,
  expires_at: z.unknown(),
  created_at: z.iso.datetime(),
  revoked_at: z.iso.datetime().nullable(),
});

/** Rows of earlier versions may hold more than JavaScript can count: to read that throws. */
const countable = (column: string): string => `min(max(${column}, 0), ${Number.MAX_SAFE_INTEGER})`;

export class KeyTable {
  readonly #store: Store;
  readonly #insert;
  readonly #change;
  readonly #remove;
  readonly #usage;
  readonly #saveUsage;
  readonly #removeUsage;

  constructor(store: Store) {
    this.#store = store;
    this.#insert = store.prepare(
      `INSERT INTO gateway_keys (id, hash, hint, name, models, routes, requests_per_minute, tokens_per_minute, token_quota, expires_at, created_at)
       VALUES (:id, :hash, :hint, :name, :models, :routes, :requestsPerMinute, :tokensPerMinute, :tokenQuota, :expiresAt, :createdAt)`,
    );
    this.#change = store.prepare(
      `UPDATE gateway_keys SET name = :name, models = :models, routes = :routes, requests_per_minute = :requestsPerMinute,
       tokens_per_minute = :tokensPerMinute, token_quota = :tokenQuota, expires_at = :expiresAt, revoked_at = :revokedAt WHERE id = :id`,
    );
    this.#remove = store.prepare('DELETE FROM gateway_keys WHERE id = ?');
    this.#usage = store.prepare(
      `SELECT ${countable('requests')} AS requests, ${countable('tokens')} AS tokens, last_used_at FROM gateway_key_usage WHERE key_id = ?`,
    );
    this.#saveUsage = store.prepare(
      'INSERT OR REPLACE INTO gateway_key_usage (key_id, requests, tokens, last_used_at) VALUES (?, ?, ?, ?)',
    );
    this.#removeUsage = store.prepare('DELETE FROM gateway_key_usage WHERE key_id = ?');
  }

  /** In the order in which they were made. `unreadable`: ids of rows that a foreign hand broke. */
  all(): { keys: { hash: string; key: GatewayKey }[]; unreadable: string[] } {
    const keys: { hash: string; key: GatewayKey }[] = [];
    const unreadable: string[] = [];
    const select = this.#store.prepare('SELECT * FROM gateway_keys ORDER BY created_at, rowid');
    select.setReadBigInts(true);
    const rows = select.all();
    // One byte of an id may make it another key's: then no one can say which of them was revoked.
    const seen = Map.groupBy(rows, ({ id }) => id);
    for (const found of rows) {
      const row = rowSchema.safeParse(found).data;
      const key =
        row === undefined
          ? undefined
          : gatewayKeySchema.safeParse({ ...keyFields(row), ...this.usageOf(row.id) }).data;
      if (row === undefined || key === undefined || seen.get(row.id)?.length !== 1)
        unreadable.push(String(found['id']));
      else keys.push({ hash: row.hash, key });
    }
    return { keys, unreadable };
  }

  usageOf(id: string): KeyUsage {
    const row = this.#usage.get(id);
    const lastUsedAt = row?.['last_used_at'];
    return {
      usedRequests: Number(row?.['requests'] ?? 0),
      usedTokens: Number(row?.['tokens'] ?? 0),
      lastUsedAt: typeof lastUsedAt === 'string' ? lastUsedAt : null,
    };
  }

  insert(hash: string, key: GatewayKey): void {
    const { id, hint, createdAt } = key;
    this.#insert.run({ id, hint, hash, createdAt, ...settingsOf(key) });
  }

  change(key: GatewayKey): void {
    const { id, revokedAt } = key;
    this.#change.run({ id, revokedAt, ...settingsOf(key) });
  }

  /** With its usage. */
  remove(id: string): void {
    inTransaction(this.#store, () => {
      this.#remove.run(id);
      this.#removeUsage.run(id);
    });
  }

  saveUsage(keys: Iterable<GatewayKey>): void {
    inTransaction(this.#store, () => {
      for (const { id, usedRequests, usedTokens, lastUsedAt } of keys)
        this.#saveUsage.run(id, usedRequests, usedTokens, lastUsedAt);
    });
  }
}

function keyFields(row: z.infer<typeof rowSchema>): object {
  const {
    id,
    hint,
    name,
    models,
    routes,
    created_at,
    requests_per_minute,
    tokens_per_minute,
    token_quota,
    expires_at,
    revoked_at,
  } = row;
  return {
    id,
    hint,
    name,
    models,
    routes,
    source: 'managed',
    createdAt: created_at,
    revokedAt: revoked_at,
    expiresAt: expires_at,
    requestsPerMinute: requests_per_minute,
    tokensPerMinute: tokens_per_minute,
    tokenQuota: token_quota,
  };
}

function settingsOf({
  name,
  models,
  routes,
  requestsPerMinute,
  tokensPerMinute,
  tokenQuota,
  expiresAt,
}: GatewayKey) {
  const lists = { models: JSON.stringify(models), routes: JSON.stringify(routes) };
  return { name, ...lists, requestsPerMinute, tokensPerMinute, tokenQuota, expiresAt };
}
