/** One runner per data folder: an SQLite lock, which the system releases whatever way the holder dies, and a note that says who holds it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from './errors.ts';

class LockedError extends Error {}

export class InstanceLock {
  readonly #dataDir: string;
  #database: DatabaseSync | null = null;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** Throws LockedError when another runner lives on the folder; other errors when the folder cannot be written. */
  take(): void {
    mkdirSync(this.#dataDir, { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(join(this.#dataDir, 'runner.lock'));
    try {
      database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      if (!messageOf(error).includes('locked')) throw error;
      throw new LockedError(
        `Another runner${this.#holder()} works on ${this.#dataDir}. Use that one, stop it, or give this one another RUNNER_DATA_DIR.`,
      );
    }
    this.#database = database;
  }

  /** Leaves word for a second runner that meets the lock. On a full disk there is none; the lock holds all the same. */
  describe(url: string): void {
    try {
      writeFileSync(this.#noteFile(), JSON.stringify({ pid: process.pid, url }), { mode: 0o600 });
    } catch {
      rmSync(this.#noteFile(), { force: true });
    }
  }

  release(): void {
    this.#database?.close();
    this.#database = null;
  }

  #noteFile(): string {
    return join(this.#dataDir, 'runner.json');
  }

  #holder(): string {
    try {
      const note: unknown = JSON.parse(readFileSync(this.#noteFile(), 'utf8'));
      const url =
        typeof note === 'object' && note !== null && 'url' in note ? String(note.url) : 'an unknown address';
      return ` (${url})`;
    } catch {
      return '';
    }
  }
}
