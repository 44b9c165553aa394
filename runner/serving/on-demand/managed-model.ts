/** One model that requests launch: follows its process, launches it, lets requests in, and unloads it. What room there is others decide. */
import type { GatewayModels } from '#contract/gateway';
import { loadProblem } from '#contract/load-problem';
import type { LoadProblem } from '#contract/load-problem';
import { BackOff } from './back-off.ts';
import type { Occupant } from './find-room.ts';
import type { Leases } from './leases.ts';
import { phaseOf } from './phase.ts';
import type { Phase } from './phase.ts';
import { LaunchFailure } from './ports.ts';
import type { EndpointsPort, OnDemandModel, ProcessesPort } from './ports.ts';
import { isNoLonger, loadFailed, nameOf, shuttingDown, waitedTooLong, wasStopped } from './refusals.ts';
import type { UpstreamFailure } from '../upstream-failure.ts';
import { WaitingLine } from './waiting-line.ts';

export interface ManagedModelParts {
  processes: ProcessesPort;
  endpoints: EndpointsPort;
  leases: Leases;
  /** Monotonic milliseconds. */
  now: () => number;
  /** Numbers the waiters of all models. */
  nextOrder: () => number;
  /** Something of it has changed that others may have to act upon. */
  onChange: () => void;
}

/** A server that is busy past the runner is asked again after this long. */
const RECHECK_MS = 2_000;
/** Longest that a request waits for a model, for its room and for its load together. */
const LONGEST_WAIT_MS = 15 * 60_000;

const NO_REASON = loadProblem('load-see-log');
const NO_PROBLEM = { problem: null, problemCode: null, problemValues: null };

export class ManagedModel {
  readonly line: WaitingLine;
  /** Another model waits for its room: whoever comes now waits until it was loaded again, so that it becomes idle. */
  isClaimed = false;
  readonly #parts: ManagedModelParts;
  readonly #backOff = new BackOff();
  #about: OnDemandModel;
  /** Of its process, as it was seen last. */
  #phase: Phase;
  #launching: AbortController | null = null;
  /** A request launched what is being loaded: nobody wants it any more when the last one leaves. */
  #isOurs = false;
  /** Ready, but nobody has asked yet what it is: for requests it is still loading. */
  #isFresh = false;
  #unloading: 'no' | 'checking' | 'stopping' = 'no';
  #lastUsedAt: number;
  #recheckAt = -Infinity;
  #readyCount = 0;
  /** Its profile is gone: requests do not launch it any more. */
  #isRetired = false;

  constructor(about: OnDemandModel, parts: ManagedModelParts) {
    this.#about = about;
    this.#parts = parts;
    this.#phase = phaseOf(parts.processes.get(about.id)?.state);
    this.#lastUsedAt = parts.now();
    this.line = new WaitingLine({
      nextOrder: parts.nextOrder,
      longestMs: LONGEST_WAIT_MS,
      tooLate: () => waitedTooLong(this.name),
      onLeave: (why) => {
        if (why === 'aborted') this.#cancelUnwanted();
        parts.onChange();
      },
    });
  }

  get about(): OnDemandModel {
    return this.#about;
  }

  set about(about: OnDemandModel) {
    if (about.version !== this.#about.version) this.#backOff.reset();
    this.#about = about;
    this.#isRetired = false;
  }

  get name(): string {
    return nameOf(this.#about);
  }

  /** It takes room, now or in a moment. */
  get takesRoom(): boolean {
    return this.#phase !== 'ended' || this.#launching !== null || this.#unloading === 'stopping';
  }

  /** Nothing of it is left to look after. */
  get isGone(): boolean {
    return this.#isRetired && !this.takesRoom;
  }

  /** Somebody waits, and it has to be launched for that. */
  get isWanted(): boolean {
    return this.line.size > 0 && !this.takesRoom;
  }

  /** Null: it cannot be asked now. */
  enter(): (() => void) | null {
    return this.#isAskable ? this.#lease() : null;
  }

  /** Why nobody may have it loaded now: it failed a moment ago. A process that somebody launched meanwhile is waited for. */
  get refusal(): UpstreamFailure | null {
    if (this.#isRetired) return isNoLonger(this.name);
    const waitMs = this.#backOff.waitMs(this.#parts.now());
    return waitMs === 0 || this.takesRoom
      ? null
      : loadFailed(this.name, (this.#backOff.problem ?? NO_REASON).problem, waitMs);
  }

  launch(): void {
    const controller = new AbortController();
    this.#launching = controller;
    this.#isOurs = true;
    const settle = (error: unknown): void => {
      this.#launching = null;
      // As it was left before: what has happened since is followed from there.
      this.#phase = error === null ? 'loading' : 'ended';
      if (error !== null && !controller.signal.aborted) this.#notLaunched(error);
      this.follow();
      this.#parts.onChange();
    };
    this.#parts.processes.launch(this.#about.id, controller.signal).then(() => settle(null), settle);
  }

  /** Its process may have changed. */
  follow(): void {
    // Until the launch itself has its answer: that tells more.
    if (this.#launching !== null) return;
    const found = this.#parts.processes.get(this.#about.id);
    const before = this.#phase;
    this.#phase = phaseOf(found?.state);
    if (this.#phase === before) return;
    const wasLoading = before === 'loading' || this.#isFresh;
    this.#isFresh = false;
    if (this.#phase === 'ready') void this.#becameReady();
    else if (this.#phase !== 'loading' && wasLoading)
      this.#loadEnded(this.#phase === 'stopping' || found?.wasStopped !== false);
  }

  /** A request to it has ended. */
  left(): void {
    this.#lastUsedAt = this.#parts.now();
    this.#parts.onChange();
  }

  /** Its server may be busy for others, past the runner. */
  observe(): void {
    if (this.#isIdle && this.#parts.endpoints.busySlots(this.#about.id) > 0)
      this.#lastUsedAt = this.#parts.now();
  }

  /** Lets in who may, and unloads where that is due. */
  advance(): void {
    if (this.#isAskable) this.line.admit(() => this.#lease());
    if (this.#isUnloadDue) void this.#unload();
  }

  /** When `advance` has to be called again though nothing happened; Infinity: never. */
  get dueAt(): number {
    if (!this.#isIdle || this.#unloading !== 'no') return Infinity;
    if (this.isClaimed) return this.#recheckAt;
    return this.line.size > 0 ? Infinity : Math.max(this.#idleDueAt, this.#recheckAt);
  }

  get occupant(): Occupant {
    const { id, memoryMb, settings } = this.#about;
    return {
      id,
      memoryMb: memoryMb ?? 0,
      group: settings.group,
      isPinned: settings.pinned,
      isClaimed: this.isClaimed,
      isBusy: !this.#isIdle || this.#parts.endpoints.busySlots(id) > 0,
      isLeaving: this.#isLeaving,
      lastUsedAt: this.#lastUsedAt,
    };
  }

  get shown(): GatewayModels['models'][number] {
    const { id, profileId, profileName, model, memoryMb, settings } = this.#about;
    const leftMs = this.dueAt - this.#parts.now();
    const isToStay = this.isClaimed || leftMs === Infinity;
    return {
      id,
      profileId,
      profileName,
      model,
      memoryMb,
      pinned: settings.pinned,
      group: settings.group,
      state: this.#shownState,
      inFlight: this.#parts.leases.of(id),
      waiting: this.line.size,
      idleUnloadAt: isToStay ? null : new Date(Date.now() + Math.max(0, leftMs)).toISOString(),
      ...(this.#backOff.problem ?? NO_PROBLEM),
    };
  }

  /** Its profile does not launch on demand any more. Nobody could unpin it either. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#about = { ...this.#about, settings: { ...this.#about.settings, pinned: false } };
    this.line.refuse(isNoLonger(this.name));
    this.#cancelUnwanted();
  }

  /** The runner ends; its process is the business of others. */
  stop(): void {
    this.line.refuse(shuttingDown());
    this.#launching?.abort();
  }

  get #isLeaving(): boolean {
    return this.#phase === 'stopping' || this.#unloading === 'stopping';
  }

  get #isAskable(): boolean {
    // Without a profile it is a server like others: to look whether it can be asked is the asker's affair.
    const isReady = this.#isRetired || (this.#phase === 'ready' && !this.#isFresh);
    return isReady && this.#unloading === 'no' && !this.isClaimed;
  }

  /** Loaded, and no request is on its way to it. */
  get #isIdle(): boolean {
    return this.#phase === 'ready' && !this.#isFresh && this.#parts.leases.of(this.#about.id) === 0;
  }

  get #isUnloadDue(): boolean {
    return this.dueAt <= this.#parts.now();
  }

  get #idleDueAt(): number {
    const { pinned, idleSeconds } = this.#about.settings;
    return pinned || idleSeconds === null ? Infinity : this.#lastUsedAt + idleSeconds * 1000;
  }

  get #shownState(): GatewayModels['models'][number]['state'] {
    if (this.#isLeaving) return 'unloading';
    if (!this.takesRoom) return 'unloaded';
    return this.#phase === 'ready' && !this.#isFresh ? 'loaded' : 'loading';
  }

  #lease(): () => void {
    this.#lastUsedAt = this.#parts.now();
    return this.#parts.leases.take(this.#about.id);
  }

  async #becameReady(): Promise<void> {
    this.#isOurs = false;
    this.#isFresh = true;
    const count = (this.#readyCount += 1);
    await this.#parts.endpoints.check(this.#about.id);
    if (!this.#isFresh || count !== this.#readyCount) return;
    this.#isFresh = false;
    this.#backOff.reset();
    this.#lastUsedAt = this.#parts.now();
    // Also where another model waits for the room: it was loaded for them.
    this.line.admit(() => this.#lease());
    this.#parts.onChange();
  }

  /** Unless it is busy past the runner. */
  async #unload(): Promise<void> {
    this.#unloading = 'checking';
    const busy = await this.#parts.endpoints.check(this.#about.id);
    this.#unloading = 'no';
    if (busy > 0) {
      this.#lastUsedAt = this.#parts.now();
      this.#recheckAt = this.#lastUsedAt + RECHECK_MS;
    }
    // Whoever came in the meantime waits in the line, and is let in now unless its room is wanted.
    if (this.#isUnloadDue) this.#stop();
    this.#parts.onChange();
  }

  #loadEnded(isStopped: boolean): void {
    this.#isOurs = false;
    // Who waits by now came after the stop, and has it loaded again.
    if (this.#unloading === 'stopping') return;
    if (isStopped) this.line.refuse(wasStopped(this.name));
    else void this.#failed(() => this.#parts.processes.whyEnded(this.#about.id));
  }

  #notLaunched(error: unknown): void {
    this.#isOurs = false;
    const { kind, problem } =
      error instanceof LaunchFailure ? error : { kind: 'failed' as const, problem: null };
    if (kind === 'stopped') this.line.refuse(wasStopped(this.name));
    if (kind === 'failed') void this.#failed(async () => problem);
  }

  /** The next requests are kept away at once; those that wait are told when the reason is found. */
  async #failed(findReason: () => Promise<LoadProblem | null>): Promise<void> {
    const { now, onChange } = this.#parts;
    const explain = this.#backOff.failed(now(), NO_REASON);
    const refuse = this.line.dismiss();
    const why = (await findReason()) ?? NO_REASON;
    explain(why);
    refuse(loadFailed(this.name, why.problem, this.#backOff.waitMs(now())));
    onChange();
  }

  #cancelUnwanted(): void {
    if (this.line.size > 0 || !this.#isOurs || this.#unloading === 'stopping') return;
    this.#isOurs = false;
    this.#launching?.abort();
    this.#stop();
  }

  #stop(): void {
    this.#unloading = 'stopping';
    const ended = (): void => {
      this.#unloading = 'no';
      // Where it would not end: not at once again.
      this.#recheckAt = this.#parts.now() + RECHECK_MS;
      this.follow();
      this.#parts.onChange();
    };
    this.#parts.processes.stop(this.#about.id).then(ended, ended);
  }
}
