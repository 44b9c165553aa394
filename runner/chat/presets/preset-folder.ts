/** Reads a folder of preset files; a file that has not changed since is not read again. */
import { readdirSync, statSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import type { Preset } from '#contract/preset';
import { messageOf, systemCodeOf } from '../../base/errors.ts';
import { readPresetFile } from './preset-file.ts';

export interface Fault {
  file: string;
  message: string;
}

interface CachedFile {
  stamp: string;
  found: Preset | string;
}

/** A file name is an id, so it follows the rules of ids. */
const FILE_NAME = /^([A-Za-z0-9_-][A-Za-z0-9._-]{0,63})\.json$/;

export class PresetFolder {
  readonly #dir: string;
  readonly #origin: Preset['origin'];
  #cache = new Map<string, CachedFile>();

  constructor(dir: string, origin: Preset['origin']) {
    this.#dir = dir;
    this.#origin = origin;
  }

  fileOf(id: string): string {
    return join(this.#dir, `${id}.json`);
  }

  /** What is in the folder now: one system call for each file. No folder is no presets. Never throws. */
  read(): { presets: Preset[]; faults: Fault[] } {
    let names: string[];
    try {
      names = readdirSync(this.#dir).filter((name) => name.endsWith('.json'));
    } catch (error) {
      this.#cache.clear();
      if (systemCodeOf(error) === 'ENOENT') return { presets: [], faults: [] };
      return {
        presets: [],
        faults: [{ file: this.#dir, message: `The presets cannot be read: ${messageOf(error)}.` }],
      };
    }
    const files = new Map(names.map((name) => [name, this.#readFile(name)]));
    this.#cache = files;
    const presets = [...files.values()].flatMap(({ found }) => (typeof found === 'string' ? [] : [found]));
    const faults = [...files].flatMap(([name, { found }]) =>
      typeof found === 'string' ? [{ file: join(this.#dir, name), message: found }] : [],
    );
    return { presets: presets.toSorted(byName), faults };
  }

  #readFile(name: string): CachedFile {
    const file = join(this.#dir, name);
    const stat = statOf(file);
    if (typeof stat === 'string') return { stamp: '', found: stat };
    const stamp = `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
    const cached = this.#cache.get(name);
    if (cached?.stamp === stamp) return cached;
    const id = FILE_NAME.exec(name)?.[1];
    if (id === undefined)
      return {
        stamp,
        found: 'Its name is its id: use 1 to 64 of the characters A-Z a-z 0-9 . _ - before ".json".',
      };
    const read = readPresetFile(file);
    if (typeof read === 'string') return { stamp, found: read };
    const changedAt = new Date(Number(stat.mtimeMs)).toISOString();
    const isShipped = this.#origin === 'shipped';
    const times = isShipped
      ? { createdAt: null, updatedAt: null }
      : { createdAt: read.createdAt ?? changedAt, updatedAt: read.updatedAt ?? changedAt };
    return { stamp, found: { id, origin: this.#origin, ...times, ...read.preset } };
  }
}

/** What is wrong with it, as text. A pipe or a device would never end. */
function statOf(file: string): BigIntStats | string {
  try {
    const stat = statSync(file, { bigint: true });
    return stat.isFile() ? stat : 'It is no file. Remove it.';
  } catch (error) {
    return `It cannot be read: ${messageOf(error)}.`;
  }
}

function byName(a: Preset, b: Preset): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true, sensitivity: 'base' }) || (a.id < b.id ? -1 : 1);
}
