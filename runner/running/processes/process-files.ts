/** Where a process keeps its files, and how they are read back: a file that cannot be read is a fault to report, never a crash. */
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError, messageOf, systemCodeOf } from '../../base/errors.ts';
import { endOfLog } from '../segments/segment-files.ts';
import { listSegments, segmentPath } from '../segments/segment-files.ts';
import { processSpecSchema } from './process-spec.ts';
import type { ProcessSpec } from './process-spec.ts';

const exitSchema = z.object({
  code: z.number().nullable(),
  signal: z.string().nullable(),
  reason: z.enum(['stopped', 'exited', 'crashed', 'spawn-failed', 'shim-lost']),
  at: z.string(),
});
const runStateSchema = z.object({
  id: z.string(),
  run: z.number(),
  key: z.string().min(16),
  shimPid: z.number(),
  shimStartTicks: z.number().nullable(),
  pid: z.number(),
  startedAt: z.string(),
  socketPath: z.string(),
  exit: exitSchema.nullable(),
});
export type StoredRunState = z.infer<typeof runStateSchema>;
const orderSchema = z.object({ run: z.number(), key: z.string().min(16), socketPath: z.string() });
const wantedSchema = z.object({ wanted: z.enum(['running', 'stopped']) });

/** Paths of a Unix socket end at 107 bytes (104 on macOS). */
const MAX_SOCKET_PATH_BYTES = 100;

export const STORAGE_CURE = "Free some space or check the folder's permissions.";

export interface Fault {
  file: string;
  message: string;
}

export class ProcessFiles {
  readonly dir: string;
  readonly logDir: string;
  readonly orderFile: string;
  readonly stateFile: string;
  readonly shimErrorsFile: string;
  readonly #specFile: string;
  readonly #wantedFile: string;
  readonly #onFault: (fault: Fault) => void;

  constructor(processesDir: string, id: string, onFault: (fault: Fault) => void) {
    this.dir = join(processesDir, id);
    this.logDir = join(this.dir, 'log');
    this.orderFile = join(this.dir, 'run.json');
    this.stateFile = join(this.dir, 'state.json');
    this.shimErrorsFile = join(this.dir, 'shim-errors.txt');
    this.#specFile = join(this.dir, 'spec.json');
    this.#wantedFile = join(this.dir, 'wanted.json');
    this.#onFault = onFault;
  }

  /** Throws STORAGE_FAILED when the disk does not take it. */
  writeSpec(spec: ProcessSpec): void {
    this.#write(this.#specFile, spec);
  }

  writeOrder(order: object): void {
    this.#write(this.orderFile, order);
  }

  /** Whether the user wants it to run: decides if a run that ended unseen is started again. */
  writeWanted(wanted: 'running' | 'stopped'): void {
    try {
      this.#write(this.#wantedFile, { wanted });
    } catch (error) {
      this.#onFault({ file: this.#wantedFile, message: messageOf(error) });
    }
  }

  writeState(state: StoredRunState): void {
    this.#write(this.stateFile, state);
  }

  readSpec(): ProcessSpec | null {
    return this.#read(this.#specFile, processSpecSchema);
  }

  readOrder(): z.infer<typeof orderSchema> | null {
    return this.#read(this.orderFile, orderSchema);
  }

  readState(): StoredRunState | null {
    return this.#read(this.stateFile, runStateSchema);
  }

  readWanted(): 'running' | 'stopped' {
    return this.#read(this.#wantedFile, wantedSchema)?.wanted ?? 'stopped';
  }

  /** The offset after the last byte of the log. */
  get logEnd(): number {
    return endOfLog(this.logDir);
  }

  /** Deletes everything, but marks where the log ended: offsets are never used again, so a viewer that comes back with an old one misses nothing. */
  remove(): void {
    const last = listSegments(this.logDir).at(-1);
    rmSync(this.dir, { recursive: true, force: true });
    if (last === undefined) return;
    try {
      mkdirSync(this.logDir, { recursive: true, mode: 0o700 });
      writeFileSync(segmentPath(this.logDir, last.start + last.sizeBytes), '', { mode: 0o600 });
    } catch (error) {
      this.#onFault({ file: this.logDir, message: messageOf(error) });
    }
  }

  /** Opens the file that takes what a shim itself says when it breaks. */
  openShimErrors(): number {
    return orStorageFailed(this.shimErrorsFile, () => openSync(this.shimErrorsFile, 'a', 0o600));
  }

  #write(file: string, content: object): void {
    orStorageFailed(file, () => {
      mkdirSync(this.dir, { recursive: true, mode: 0o700 });
      writeFileSync(`${file}.next`, JSON.stringify(content, null, 1), { mode: 0o600, flush: true });
      renameSync(`${file}.next`, file);
    });
  }

  #read<Schema extends z.ZodType>(file: string, schema: Schema): z.infer<Schema> | null {
    try {
      return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return null;
      this.#onFault({
        file,
        message: error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error),
      });
      return null;
    }
  }
}

/** A short path for a run's control socket: in the data folder where that is short enough, else in the system's folder for temporary files. */
export function chooseSocketPath(dataDir: string, id: string, run: number): string {
  const name = `${createHash('sha256').update(`${dataDir}\0${id}`).digest('hex').slice(0, 16)}-${run}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\llm-server-manager-${name}`;
  const inData = join(dataDir, 'sockets');
  const dir =
    Buffer.byteLength(join(inData, name)) <= MAX_SOCKET_PATH_BYTES
      ? inData
      : join(tmpdir(), `llm-server-manager-${userInfo().uid}`);
  orStorageFailed(dir, () => mkdirSync(dir, { recursive: true, mode: 0o700 }));
  return join(dir, name);
}

function orStorageFailed<Result>(path: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    throw new AppError('STORAGE_FAILED', `Cannot write ${path}: ${messageOf(error)}. ${STORAGE_CURE}`, {
      cause: error,
    });
  }
}

export function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // Closed already.
  }
}
