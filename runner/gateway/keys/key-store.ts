/** Owns the gateway's API keys: the environment's and the managed ones, found by the hash of their secret, and what each has used. */
import { hash as hashed, randomBytes } from 'node:crypto';
import type { GatewayKey, GatewayKeyChange, GatewayKeyInput, GatewayLock } from '#contract/gateway';
import { AppError, messageOf } from '../../base/errors.ts';
import { Signal } from '../../base/signal.ts';
import { isOnDisk } from '../../store/open-store.ts';
import type { Store } from '../../store/open-store.ts';
import { KeyTable } from './key-table.ts';
import { LOCK_MESSAGES, isMarked, putMarker, removeMarker } from './keys-marker.ts';

export interface KeyStoreParts {
  store: Store;
  /** See keys-marker.ts. */
  markerFile: string;
  now: () => Date;
  newId: () => string;
  /** Secrets of API_KEYS. */
  environmentKeys: readonly string[];
  /** Usage that could not be written (it is tried again with the next), and rows that cannot be read. */
  onFault: (error: unknown) => void;
}

const WRITE_USAGE_EVERY_MS = 1000;
const HINT_LENGTH = 12;

/**
 * All keys are in memory, so that a request costs a hash and a look into a map: the same for every secret, known or not. Keys are never
 * changed in place: one that was handed out stays as it was. Changes throw STORAGE_FAILED when they cannot be saved.
 */
export class KeyStore {
  /** The id of a key that was made, changed, revoked or removed; not of one that was merely used. */
  readonly changed = new Signal<string>();
  readonly #parts: KeyStoreParts;
  readonly #table: KeyTable;
  readonly #idByHash = new Map<string, string>();
  readonly #keys = new Map<string, GatewayKey>();
  readonly #used = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isStarted = false;
  /** There are rows that cannot be read, or a file that cannot be opened. */
  #hasUnreadable = false;
  #isMarked = true;

  constructor(parts: KeyStoreParts) {
    this.#parts = parts;
    this.#table = new KeyTable(parts.store);
  }

  start(): void {
    for (const [index, secret] of this.#parts.environmentKeys.entries()) {
      const hash = hashOf(secret);
      if (!this.#idByHash.has(hash))
        this.#keep(hash, this.#environmentKey(secret, { hash, number: index + 1 }));
    }
    const { keys, unreadable } = this.#table.all();
    for (const { hash, key } of keys) this.#keep(hash, key);
    for (const id of unreadable)
      this.#parts.onFault(new Error(`The API key ${id} cannot be read from the store and opens nothing.`));
    this.#hasUnreadable = unreadable.length > 0 || !isOnDisk(this.#parts.store);
    this.#isMarked = isMarked(this.#parts.markerFile);
    // Keys of a version that left no marker.
    if (keys.length + unreadable.length > 0) this.#attempt(() => this.#mark());
    this.#isStarted = true;
    if (this.locked === 'keys-lost') this.#parts.onFault(new Error(LOCK_MESSAGES['keys-lost']));
  }

  stop(): void {
    this.flush();
  }

  /** No key at all, not even a revoked one: to revoke the last key must not open the door. Nor must a store that has lost its keys. */
  get isOpen(): boolean {
    return this.#isStarted && this.#keys.size === 0 && this.locked === null;
  }

  /** Why no managed key is known although there were some, or may have been. null: one is known, or none was made. */
  get locked(): GatewayLock | null {
    if (this.list().some(({ source }) => source === 'managed')) return null;
    if (this.#hasUnreadable) return 'keys-unreadable';
    return this.#isMarked ? 'keys-lost' : null;
  }

  /** The environment's first, then in the order in which they were made; revoked ones, too. */
  list(): GatewayKey[] {
    return [...this.#keys.values()];
  }

  get(id: string): GatewayKey {
    const key = this.#keys.get(id);
    if (key === undefined)
      throw new AppError(
        'GATEWAY_KEY_NOT_FOUND',
        `There is no API key with the id ${id}. It may have been removed.`,
      );
    return key;
  }

  /** Expired and revoked ones are found, too: see `revokedAt` and `expiresAt`. */
  find(secret: string): GatewayKey | null {
    const id = this.#idByHash.get(hashOf(secret));
    return (id === undefined ? undefined : this.#keys.get(id)) ?? null;
  }

  /** Whether its tokens count by the minute now. False for a key that was removed meanwhile. */
  isLimitedByTokens(id: string): boolean {
    return typeof this.#keys.get(id)?.tokensPerMinute === 'number';
  }

  /** `secret` is told this once. */
  create(input: GatewayKeyInput): { key: GatewayKey; secret: string } {
    const now = this.#parts.now();
    const expiresAt = utcOf(input.expiresAt);
    if (expiresAt !== null && Date.parse(expiresAt) <= now.getTime()) {
      const details = [{ path: 'expiresAt', message: 'is in the past' }];
      throw new AppError('INVALID_REQUEST', 'The request is not valid. expiresAt: is in the past', {
        details,
      });
    }
    const secret = `sk-lsm-${randomBytes(32).toString('base64url')}`;
    const key: GatewayKey = {
      ...input,
      id: this.#parts.newId(),
      hint: secret.slice(0, HINT_LENGTH),
      source: 'managed',
      expiresAt,
      createdAt: now.toISOString(),
      revokedAt: null,
      lastUsedAt: null,
      usedRequests: 0,
      usedTokens: 0,
    };
    const hash = hashOf(secret);
    // First, or a store that is damaged in between would look like one that never had keys.
    this.#mark();
    saved(() => this.#table.insert(hash, key));
    this.#keep(hash, key);
    this.changed.emit(key.id);
    return { key, secret };
  }

  /** Absent fields stay. New limits count from the next request on; a key that was revoked stays so. */
  change(id: string, change: GatewayKeyChange): GatewayKey {
    const key = this.#managed(id);
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const changed: GatewayKey = { ...key, ...given };
    changed.expiresAt = utcOf(changed.expiresAt);
    saved(() => this.#table.change(changed));
    return this.#replace(changed);
  }

  /** At once, and for good; its usage is kept. Once more changes nothing, but saves what a full disk had kept from being saved. */
  revoke(id: string): GatewayKey {
    const key = this.#managed(id);
    const revoked = { ...key, revokedAt: key.revokedAt ?? this.#parts.now().toISOString() };
    // Before it is saved: whatever the disk does, this key opens nothing from now on.
    this.#replace(revoked);
    saved(() => this.#table.change(revoked));
    return revoked;
  }

  /** Forgets a revoked key and its counters; its requests stay in the accounts until they are too old. */
  remove(id: string): void {
    const key = this.#managed(id);
    if (key.revokedAt === null) {
      throw new AppError(
        'GATEWAY_KEY_ACTIVE',
        `The API key "${key.name}" is in use. Revoke it first: then it can be removed.`,
      );
    }
    saved(() => this.#table.remove(id));
    this.#keys.delete(id);
    this.#used.delete(id);
    for (const [hash, owner] of this.#idByHash) if (owner === id) this.#idByHash.delete(hash);
    // It was the last one: none is lost. After the row, or a crash in between would leave a key without its marker.
    if (this.locked === 'keys-lost') this.#attempt(() => this.#unmark());
    this.changed.emit(id);
  }

  /** Counts at once and writes soon. A key that was removed meanwhile is let go. */
  spend(id: string, { requests, tokens }: { requests: number; tokens: number }): void {
    const key = this.#keys.get(id);
    if (key === undefined) return;
    const usedTokens = Math.min(key.usedTokens + wholeTokens(tokens), Number.MAX_SAFE_INTEGER);
    const usage = {
      usedRequests: Math.min(key.usedRequests + requests, Number.MAX_SAFE_INTEGER),
      usedTokens,
    };
    this.#keys.set(id, { ...key, ...usage, lastUsedAt: this.#parts.now().toISOString() });
    this.#used.add(id);
    this.#timer ??= setTimeout(() => this.flush(), WRITE_USAGE_EVERY_MS);
  }

  /** Writes what was used since the last time. What cannot be written now goes with the next. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#used.size === 0) return;
    try {
      this.#table.saveUsage([...this.#used].flatMap((id) => this.#keys.get(id) ?? []));
      this.#used.clear();
    } catch (error) {
      this.#parts.onFault(error);
    }
  }

  #mark(): void {
    if (this.#isMarked) return;
    putMarker(this.#parts.markerFile);
    this.#isMarked = true;
  }

  #unmark(): void {
    removeMarker(this.#parts.markerFile);
    this.#isMarked = false;
  }

  /** For changes that must not fail what the user asked for: without them the gateway stays closed. */
  #attempt(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#parts.onFault(error);
    }
  }

  #keep(hash: string, key: GatewayKey): void {
    this.#idByHash.set(hash, key.id);
    this.#keys.set(key.id, key);
  }

  #replace(key: GatewayKey): GatewayKey {
    this.#keys.set(key.id, key);
    this.changed.emit(key.id);
    return key;
  }

  #managed(id: string): GatewayKey {
    const key = this.get(id);
    if (key.source === 'managed') return key;
    throw new AppError(
      'GATEWAY_KEY_READ_ONLY',
      'This key comes from API_KEYS of the environment. Change it there, and start the runner again.',
    );
  }

  /** No more than a third of such a secret is shown: it may be short. */
  #environmentKey(secret: string, { hash, number }: { hash: string; number: number }): GatewayKey {
    const id = `env-${hash.slice(0, 8)}`;
    return {
      id,
      hint: secret.slice(0, Math.min(HINT_LENGTH, Math.floor(secret.length / 3))),
      source: 'environment',
      name: `API_KEYS ${number}`,
      models: [],
      routes: [],
      requestsPerMinute: null,
      tokensPerMinute: null,
      tokenQuota: null,
      expiresAt: null,
      createdAt: null,
      revokedAt: null,
      ...this.#table.usageOf(id),
    };
  }
}

function hashOf(secret: string): string {
  return hashed('sha256', secret);
}

function utcOf(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

/** What a server tells may be anything. */
function wholeTokens(tokens: number): number {
  return Number.isFinite(tokens) && tokens > 0 ? Math.round(tokens) : 0;
}

function saved(write: () => void): void {
  try {
    write();
  } catch (error) {
    const message = `The API key could not be saved: ${messageOf(error)}. Make room on the disk of the data folder and try again.`;
    throw new AppError('STORAGE_FAILED', message, { cause: error });
  }
}
