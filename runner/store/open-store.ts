/** Opens the one SQLite file of sessions, streams and endpoints, and brings its tables up to date. What is in the tables is its users' business. */
import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError, messageOf } from '../base/errors.ts';
import { MIGRATIONS } from './migrations.ts';

export type Store = DatabaseSync;

const IN_MEMORY = 'What is said until the next start is kept in memory only';

export interface OpenedStore {
  store: Store;
  /** What was wrong with the file that was there; it has been kept under another name. */
  fault: { file: string; message: string } | null;
}

export interface OpenOptions {
  /** Reads what the runner must be able to read, and throws where it cannot: then the file is damaged. */
  prove?: (store: Store) => void;
  /** Runs before a damaged file is set aside. When it throws, the file stays in its place and the store lives in memory. */
  beforeSetAside?: () => void;
}

/**
 * A damaged file is set aside and a new one begun; where the disk cannot be written the store lives in memory; `fault` says so. Throws
 * STORAGE_FAILED when the file was made by a newer version: that one is left as it is.
 */
export function openStore(file: string, options: OpenOptions = {}): OpenedStore {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    return { store: open(file, options.prove), fault: null };
  } catch (error) {
    if (error instanceof AppError) throw error;
    const why = messageOf(error);
    if (!isDamage(error)) return inMemory(file, `it cannot be used (${why}); check the disk. ${IN_MEMORY}`);
    try {
      options.beforeSetAside?.();
      const kept = setAside(file);
      return {
        store: open(file),
        fault: { file, message: `it is damaged (${why}); it was kept as ${kept} and a new one begun` },
      };
    } catch (second) {
      return inMemory(
        file,
        `it is damaged (${why}) and no new one could be begun (${messageOf(second)}). ${IN_MEMORY}`,
      );
    }
  }
}

/** False: it lives in memory, and what its file holds is not known. */
export function isOnDisk(store: Store): boolean {
  return store.location() !== null;
}

/** Runs `work` as one transaction: all of it is stored or nothing. */
export function inTransaction<Result>(store: Store, work: () => Result): Result {
  store.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    store.exec('COMMIT');
    return result;
  } catch (error) {
    // The database may have rolled back by itself (a full disk).
    if (store.isTransaction) store.exec('ROLLBACK');
    throw error;
  }
}

/** A full disk must not keep anybody from stopping a server. */
function inMemory(file: string, message: string): OpenedStore {
  const store = new DatabaseSync(':memory:');
  store.exec('PRAGMA foreign_keys = ON');
  migrate(store, file);
  return { store, fault: { file, message } };
}

function open(file: string, prove?: (store: Store) => void): Store {
  const store = new DatabaseSync(file, { timeout: 5_000 });
  try {
    // Keys of endpoints and whole conversations are in it. The files that SQLite makes beside it get the mode of this one.
    if (process.platform !== 'win32') chmodSync(file, 0o600);
    store.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON',
    );
    migrate(store, file);
    prove?.(store);
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

function migrate(store: Store, file: string): void {
  const version = Number(store.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version > MIGRATIONS.length) {
    throw new AppError(
      'STORAGE_FAILED',
      `${file} was made by a newer version of this program. Update it, or use another RUNNER_DATA_DIR.`,
    );
  }
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index < version) continue;
    inTransaction(store, () => {
      store.exec(step);
      store.exec(`PRAGMA user_version = ${index + 1}`);
    });
  }
}

/** SQLITE_CORRUPT, SQLITE_NOTADB, and SQLITE_ERROR: the tables are not those that the migrations made. The kind is in the lowest byte. */
const DAMAGE = new Set([11, 26, 1]);

function isDamage(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    DAMAGE.has(error.errcode & 0xff)
  );
}

function setAside(file: string): string {
  const kept = `${file}.damaged-${Date.now()}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, kept + suffix);
  }
  return kept;
}
