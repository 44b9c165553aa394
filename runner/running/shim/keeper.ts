/** One run from spawn to exit: owns the child, its log and its state file. It outlives the runner and needs nothing from it. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf, systemCodeOf } from '../../base/errors.ts';
import { readProcess } from '../os/process-table.ts';
import { findMembers } from '../os/run-members.ts';
import type { RunIdentity } from '../os/run-members.ts';
import { ControlServer } from './control-server.ts';
import { endMembers } from './end-members.ts';
import type { Handshake, RunExit, RunOrder, RunState } from './protocol.ts';
import { RunLog } from './run-log.ts';
import { spawnChild } from './spawn-child.ts';
import { isOutdated, readLastState, writeState } from './state-file.ts';

const DEFAULT_GRACE_MS = 10_000;
/** How often a run whose leader has ended looks whether its other processes have, too. */
const LOOK_FOR_LEFT_MS = 500;
/** A process that left group and cookie behind may hold the pipes for ever; its output is not ours any more. */
const PIPE_PATIENCE_MS = 1_000;
const WRITE_AGAIN_MS = 1_000;

export class Keeper {
  readonly #order: RunOrder;
  readonly #log: RunLog;
  readonly #control: ControlServer;
  #child: ChildProcess | null = null;
  #startedAt = '';
  #stopUntil: number | null = null;
  #ending: Promise<number[]> | null = null;
  #exit: RunExit | null = null;

  constructor(order: RunOrder) {
    this.#order = order;
    this.#control = new ControlServer({
      hello: () => ({
        type: 'hello',
        key: order.key,
        run: order.run,
        pid: this.#pid,
        startedAt: this.#startedAt,
        end: this.#log.end,
        isStopping: this.#stopUntil !== null,
        exit: this.#exit,
      }),
      onCommand: (command) => this.stop(command.graceMs),
    });
    this.#log = new RunLog({
      dir: order.logDir,
      limits: order.limits,
      onGrow: (end) => this.#control.notifyGrowth(end),
    });
  }

  /** Spawns the child; the answer is the handshake. After `ok: false` there is nothing to keep. */
  async start(): Promise<Handshake> {
    try {
      this.#log.open(readLastState(this.#order.stateFile).untoldLines ?? 0);
    } catch (error) {
      return this.#giveUp('STORAGE', error);
    }
    try {
      this.#child = await spawnChild(this.#order);
    } catch (error) {
      return this.#giveUp(systemCodeOf(error) ?? 'UNKNOWN', error);
    }
    const child = this.#child;
    this.#startedAt = new Date().toISOString();
    const leaderGone = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    // `run.json` was written just before us: the socket's folder exists, and nobody else has this run's name.
    try {
      await this.#control.start(this.#order.socketPath);
    } catch (error) {
      // Nobody could ever stop it.
      await endMembers(this.#identity, { graceMs: () => 0, termAgainAfterMs: null });
      return this.#giveUp('STORAGE', error);
    }
    this.#log.record({
      event: 'started',
      run: this.#order.run,
      pid: this.#pid,
      command: this.#order.display,
    });
    if (child.stdout !== null) this.#log.follow(child.stdout, 'stdout');
    if (child.stderr !== null) this.#log.follow(child.stderr, 'stderr');
    writeState(this.#order.stateFile, this.#state());
    void leaderGone.then((leader) => this.#afterLeader(leader));
    return { ok: true, pid: this.#pid, startedAt: this.#startedAt };
  }

  /** Idempotent; a second call can only shorten the time that is left. */
  stop(graceMs: number): void {
    const until = performance.now() + graceMs;
    this.#stopUntil = Math.min(this.#stopUntil ?? until, until);
    void this.#endAll();
  }

  get #pid(): number {
    return this.#child?.pid ?? 0;
  }

  get #identity(): RunIdentity {
    return { group: this.#pid, key: this.#order.key };
  }

  async #endAll(): Promise<number[]> {
    const startedAt = performance.now();
    this.#ending ??= endMembers(this.#identity, {
      graceMs: () => (this.#stopUntil ?? startedAt + DEFAULT_GRACE_MS) - startedAt,
      termAgainAfterMs: this.#order.termAgainAfterMs,
    });
    return this.#ending;
  }

  async #afterLeader(leader: { code: number | null; signal: NodeJS.Signals | null }): Promise<void> {
    const left = findMembers(this.#identity).length;
    if (left > 0) {
      this.#log.record({
        event: 'leader-exited',
        run: this.#order.run,
        code: leader.code,
        signal: leader.signal,
        left,
      });
      // A script that ends well and leaves servers running is a stack that goes on; one that fails takes the rest with it.
      if (leader.code !== 0) await this.#endAll();
      await this.#untilNoneIsLeft();
    }
    await this.#untilPipesClose();
    await this.#finish(leader);
  }

  #giveUp(code: string, error: unknown): Handshake {
    this.#startedAt = new Date().toISOString();
    this.#exit = { code: null, signal: null, reason: 'spawn-failed', at: this.#startedAt };
    this.#log.record({
      event: 'ended',
      run: this.#order.run,
      code: null,
      signal: null,
      reason: 'spawn-failed',
    });
    writeState(this.#order.stateFile, this.#state());
    return { ok: false, code, message: messageOf(error) };
  }

  async #untilNoneIsLeft(): Promise<void> {
    while (findMembers(this.#identity).length > 0) {
      if (this.#ending !== null && (await this.#ending).length > 0) return;
      await pause(this.#ending === null ? LOOK_FOR_LEFT_MS : 10);
    }
  }

  async #untilPipesClose(): Promise<void> {
    const pipes = [this.#child?.stdout, this.#child?.stderr].filter(
      (pipe) => pipe !== null && pipe !== undefined,
    );
    const closed = pipes.map((pipe) =>
      pipe.closed ? Promise.resolve() : new Promise((resolve) => pipe.once('close', resolve)),
    );
    await Promise.race([Promise.all(closed), pause(PIPE_PATIENCE_MS)]);
    for (const pipe of pipes) pipe.destroy();
  }

  async #finish(leader: { code: number | null; signal: NodeJS.Signals | null }): Promise<void> {
    const ownEnd = leader.code === 0 ? 'exited' : 'crashed';
    const exit: RunExit = {
      code: leader.code,
      signal: leader.signal,
      reason: this.#stopUntil === null ? ownEnd : 'stopped',
      at: new Date().toISOString(),
    };
    this.#log.finish();
    this.#log.record({
      event: 'ended',
      run: this.#order.run,
      code: exit.code,
      signal: exit.signal,
      reason: exit.reason,
    });
    this.#exit = exit;
    this.#log.close();
    // Told after it is written, while there is room: who hears of the end may launch again or remove the folder at once.
    let isStored = writeState(this.#order.stateFile, this.#state());
    this.#control.broadcast({ type: 'log', end: this.#log.end });
    this.#control.broadcast({ type: 'exit', exit });
    while (!isStored && !isOutdated(this.#order.stateFile, this.#order.run)) {
      await pause(WRITE_AGAIN_MS);
      isStored = writeState(this.#order.stateFile, this.#state());
    }
    await this.#control.stop();
  }

  #state(): RunState {
    const { id, run, key, socketPath } = this.#order;
    const shimStartTicks = readProcess(process.pid)?.startTicks ?? null;
    const { untoldLines } = this.#log;
    return {
      id,
      run,
      key,
      socketPath,
      shimPid: process.pid,
      shimStartTicks,
      pid: this.#pid,
      startedAt: this.#startedAt,
      exit: this.#exit,
      untoldLines,
    };
  }
}
