/** All processes by id: launches, stops, adopts and forgets them, and tells what changed. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Exit, ProcessSnapshot } from '#contract/process';
import { processIdSchema } from '#contract/ids';
import { AppError } from '../../base/errors.ts';
import { endMembers } from '../shim/end-members.ts';
import { Signal } from '../../base/signal.ts';
import { findFreePort } from './free-port.ts';
import { ManagedProcess } from './managed-process.ts';
import type { ProcessOutside } from './managed-process.ts';
import { checkCommand, checkPort } from './preflight.ts';
import { ProcessFiles } from './process-files.ts';
import type { Fault } from './process-files.ts';
import type { ProcessSpec } from './process-spec.ts';
import { toSnapshot } from './snapshot.ts';
import { UsageSampler } from './usage-sampler.ts';
import type { Usage } from './usage-sampler.ts';

/** A list that is asked for often is not measured more often than this. */
const FRESH_USAGE_MS = 1_000;

export type SupervisorOutside = Omit<ProcessOutside, 'onChange' | 'onGrow' | 'preflight'>;

export class Supervisor {
  /** One process changed. */
  readonly changed = new Signal<ProcessSnapshot>();
  readonly removed = new Signal<string>();
  readonly logGrew = new Signal<{ id: string; end: number }>();
  readonly faults: Fault[] = [];
  readonly #outside: SupervisorOutside;
  readonly #processesDir: string;
  readonly #processes = new Map<string, ManagedProcess>();
  readonly #sampler = new UsageSampler();
  #usage = new Map<string, Usage>();
  #usageAt = -Infinity;
  #isShuttingDown = false;

  constructor(outside: SupervisorOutside) {
    this.#outside = outside;
    this.#processesDir = join(outside.dataDir, 'processes');
  }

  /** Finds what earlier runners left and takes it up. Unreadable files are listed in `faults`, never fatal. */
  async start(): Promise<void> {
    mkdirSync(this.#processesDir, { recursive: true, mode: 0o700 });
    const ids = readdirSync(this.#processesDir).filter((id) => processIdSchema.safeParse(id).success);
    await Promise.all(ids.map((id) => this.#adopt(id)));
  }

  /** Ends every process, or lets them live on for the next runner. */
  async stop(options: { keepProcesses: boolean; graceMs?: number }): Promise<void> {
    this.#isShuttingDown = true;
    const all = [...this.#processes.values()];
    if (!options.keepProcesses) await Promise.all(all.map((managed) => managed.stop(options.graceMs)));
    for (const managed of all) managed.release();
    if (options.keepProcesses) this.#processes.clear();
  }

  list(): ProcessSnapshot[] {
    this.#measure();
    return [...this.#processes.values()]
      .map((managed) => this.#snapshot(managed))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Throws PROCESS_NOT_FOUND. */
  get(id: string): { snapshot: ProcessSnapshot; spec: ProcessSpec } {
    this.#measure();
    const managed = this.#find(id);
    return { snapshot: this.#snapshot(managed), spec: managed.spec };
  }

  has(id: string): boolean {
    return this.#processes.has(id);
  }

  get runningCount(): number {
    return [...this.#processes.values()].filter((managed) => managed.living !== null).length;
  }

  /** Resolves when the child runs. Throws what `ManagedProcess.launch` throws, and the faults of the preflight. */
  async launch(spec: ProcessSpec): Promise<{ pid: number; run: number }> {
    if (this.#isShuttingDown)
      throw new AppError('SHUTTING_DOWN', 'The runner is shutting down. Start it again, then launch.');
    const known = this.#processes.get(spec.id);
    const managed = known ?? this.#create(spec);
    try {
      return await managed.launch(spec);
    } catch (error) {
      // A first launch that never became a run leaves nothing to show.
      if (known === undefined && managed.run === 0) this.#forget(managed);
      throw error;
    }
  }

  async stopProcess(id: string, graceMs?: number): Promise<Exit | null> {
    return this.#find(id).stop(graceMs);
  }

  async restart(id: string, graceMs?: number): Promise<{ pid: number; run: number }> {
    const managed = this.#find(id);
    await managed.stop(graceMs);
    return this.launch(managed.spec);
  }

  /** Forgets an ended process with its log. Throws STILL_RUNNING. */
  remove(id: string): void {
    const managed = this.#find(id);
    if (!managed.isEnded) {
      throw new AppError('STILL_RUNNING', `The process "${id}" is running. Stop it first, then remove it.`, {
        details: { id },
      });
    }
    this.#forget(managed);
    this.#files(id).remove();
  }

  async freePort(host: string): Promise<number> {
    const claimed = new Set(
      [...this.#processes.values()].filter((managed) => !managed.isEnded).map((managed) => managed.spec.port),
    );
    return findFreePort(host, (port) => claimed.has(port));
  }

  /** CPU and memory by process id, measured now unless that was done a moment ago. */
  usage(): Map<string, Usage> {
    this.#measure();
    return this.#usage;
  }

  #measure(): void {
    if (performance.now() - this.#usageAt < FRESH_USAGE_MS) return;
    this.#usageAt = performance.now();
    const runs = new Map<string, { pid: number; key: string }>();
    for (const [id, { living }] of this.#processes) if (living !== null) runs.set(id, living);
    this.#usage = this.#sampler.sample(runs);
  }

  #find(id: string): ManagedProcess {
    const managed = this.#processes.get(id);
    if (managed === undefined) {
      throw new AppError(
        'PROCESS_NOT_FOUND',
        `There is no process "${id}". GET /api/runner/processes lists the known ones.`,
      );
    }
    return managed;
  }

  #snapshot(managed: ManagedProcess): ProcessSnapshot {
    return toSnapshot(managed, managed.living === null ? undefined : this.#usage.get(managed.spec.id));
  }

  #files(id: string): ProcessFiles {
    return new ProcessFiles(this.#processesDir, id, (fault) => this.faults.push(fault));
  }

  #create(spec: ProcessSpec): ManagedProcess {
    const managed = new ManagedProcess(spec, this.#files(spec.id), {
      ...this.#outside,
      preflight: (wanted) => this.#preflight(wanted),
      onChange: (changed) => {
        if (this.#processes.get(spec.id) === changed) this.changed.emit(this.#snapshot(changed));
      },
      onGrow: (id, end) => this.logGrew.emit({ id, end }),
    });
    this.#processes.set(spec.id, managed);
    return managed;
  }

  #forget(managed: ManagedProcess): void {
    this.#processes.delete(managed.spec.id);
    this.removed.emit(managed.spec.id);
  }

  async #preflight(spec: ProcessSpec): Promise<void> {
    checkCommand(spec, spec.env['PATH'] ?? process.env['PATH'] ?? '');
    if (spec.port === null) return;
    await checkPort({ host: spec.host, port: spec.port }, (port) => {
      const owner = [...this.#processes.values()].find(
        (other) => other.living !== null && other.spec.port === port,
      );
      return owner?.spec.id ?? null;
    });
  }

  async #adopt(id: string): Promise<void> {
    const files = this.#files(id);
    const spec = files.readSpec();
    if (spec === null || spec.id !== id) {
      if (existsSync(files.orderFile)) await this.#endUnknown(files);
      return;
    }
    const managed = this.#create(spec);
    const state = files.readState();
    const order = files.readOrder() ?? state;
    if (order === null) return;
    managed.run = order.run;
    if (state?.key === order.key) return managed.adopt(state);
    // The shim's report is missing: the runner died just after its order, or the file is damaged. The socket tells, or the key does.
    const { run, key, socketPath } = order;
    await managed.adopt({
      id,
      run,
      key,
      socketPath,
      shimPid: 0,
      shimStartTicks: null,
      pid: 0,
      startedAt: new Date().toISOString(),
      exit: null,
    });
  }

  /** A process whose spec cannot be read cannot be shown or launched again; what still runs of it must not live on unseen. */
  async #endUnknown(files: ProcessFiles): Promise<void> {
    const state = files.readState();
    if (state === null || state.exit !== null) return;
    this.faults.push({
      file: files.dir,
      message: `its spec cannot be read; what was left of it (pid ${state.pid}) is being ended`,
    });
    await endMembers({ group: state.pid, key: state.key }, { graceMs: () => 2_000, termAgainAfterMs: null });
  }
}
