/** One tunnel: connects, asks through it for as long as it stands, and connects anew when it is lost. Every change of its state happens here. */
import type { Tunnel, TunnelInput, TunnelState } from '#contract/tunnel';
import { tunnelProblem, type FoundProblem } from '#contract/tunnel-problem';
import { classifySsh } from './classify-ssh.ts';
import { Connection } from './connection.ts';
import { checkIdentity } from './identity-file.ts';
import { pause } from './pause.ts';
import type { SshRun, SshRuns, SshTunnel } from './ports.ts';
import { problemOfStart } from './start-problem.ts';
import { retryDelayMs } from './timing.ts';
import type { TunnelTiming } from './timing.ts';

const KEPT_PROBES = 60;

export interface TunnelOutside {
  ssh: SshRuns;
  timing: TunnelTiming;
  random: () => number;
  now: () => Date;
  onChange: (tunnel: ManagedTunnel) => void;
}

export class ManagedTunnel {
  readonly id: string;
  config: TunnelInput;
  #state: TunnelState = 'stopped';
  #problem: Tunnel['problem'] = null;
  #upSince: string | null = null;
  #nextTryAt: string | null = null;
  #latencyMs: number | null = null;
  #probes: Tunnel['probes'] = [];
  /** Connections so far, adopted ones too. */
  #connections = 0;
  /** By the monotonic clock; null: the present try is not in. */
  #stoodSince: number | null = null;
  readonly #outside: TunnelOutside;
  #life: { ending: AbortController; over: Promise<void> } | null = null;
  #waker = new AbortController();
  /** After an end that ssh did not explain well: runs tell every step until it is up, and the next one comes soon. */
  #isVerbose = false;
  #isUnsure = false;
  #connection: Connection | null = null;

  constructor(id: string, config: TunnelInput, outside: TunnelOutside) {
    this.id = id;
    this.config = config;
    this.#outside = outside;
  }

  get processId(): string {
    return `tunnel-${this.id}`;
  }

  get isWanted(): boolean {
    return this.#life !== null;
  }

  /** Goes on with `adopted`, or connects; one that waits for its next try tries now. */
  start(adopted: SshRun | null = null): void {
    if (this.#life !== null) {
      if (this.#state === 'down') this.#waker.abort();
      return;
    }
    const ending = new AbortController();
    this.#life = { ending, over: this.#live(adopted, ending.signal) };
  }

  /** Resolves when its ssh is gone. */
  async stop(): Promise<void> {
    await this.#end('stop');
    this.#change({ state: 'stopped', problem: null });
  }

  /** Lets go: ssh lives on. */
  release(): Promise<void> {
    return this.#end('release');
  }

  /** Asks through it now; resolves after the answer. Does nothing where nothing stands. */
  async probeNow(): Promise<void> {
    if (this.#connection === null || this.#life === null) return;
    const asked = this.#connection.nextRound();
    this.#waker.abort();
    await Promise.race([asked, this.#life.over]);
  }

  shown(): Tunnel {
    const { apiKey, ...config } = this.config;
    return {
      id: this.id,
      config,
      hasApiKey: Boolean(apiKey),
      state: this.#state,
      problem: this.#problem,
      processId: config.direction === 'incoming' ? null : this.processId,
      endpointId: config.direction === 'reverse' ? null : this.id,
      upSince: this.#upSince,
      nextTryAt: this.#nextTryAt,
      restarts: Math.max(this.#connections - 1, 0),
      latencyMs: this.#latencyMs,
      probes: this.#probes,
    };
  }

  async #end(how: 'stop' | 'release'): Promise<void> {
    const life = this.#life;
    if (life === null) return;
    life.ending.abort(how);
    await life.over;
    if (this.#life === life) this.#life = null;
  }

  async #live(adopted: SshRun | null, signal: AbortSignal): Promise<void> {
    const { timing, random } = this.#outside;
    let run = adopted;
    for (let tries = 0; ; tries += 1) {
      const problem = await this.#connect(run, signal);
      if (signal.aborted) return;
      run = null;
      if (problem === null) {
        // Somebody stopped its process: what nobody wants is not started again.
        this.#life = null;
        return this.#change({ state: 'stopped', problem: null });
      }
      if (this.#stoodSince !== null && performance.now() - this.#stoodSince >= timing.healthyMs) tries = 0;
      const delayMs = this.#isUnsure
        ? timing.soonMs
        : retryDelayMs(problem.code, tries, { timing, random: random() });
      this.#isUnsure = false;
      this.#nextTryAt =
        delayMs === null ? null : new Date(this.#outside.now().getTime() + delayMs).toISOString();
      this.#change({ state: 'down', problem });
      await this.#pause(delayMs, signal);
      this.#nextTryAt = null;
      if (signal.aborted) return;
    }
  }

  /** One connection from its begin to its end: why it ended, null when somebody stopped it. */
  async #connect(adopted: SshRun | null, signal: AbortSignal): Promise<FoundProblem | null> {
    this.#stoodSince = null;
    this.#change({ state: 'connecting' });
    const { config } = this;
    if (config.direction === 'incoming') {
      await this.#keep(null, signal);
      return null;
    }
    const kept = adopted?.fits(config) === true ? adopted : null;
    // The runner before died while it was changed.
    if (kept === null) await adopted?.end();
    const run = kept ?? (await this.#startSsh(config));
    if ('code' in run) return run;
    try {
      if (signal.aborted) return null;
      const lost =
        (await this.#waitUntilIn(run, { isAdopted: kept !== null, tunnel: config, signal })) ??
        (await this.#keep(run, signal));
      if (lost !== null || signal.aborted) return lost;
      if (run.wasStopped) return null;
      const { problem, isUnsure } = classifySsh(await run.lastLines(100), {
        tunnel: config,
        isVerbose: run.isVerbose,
      });
      this.#isUnsure = isUnsure;
      this.#isVerbose ||= isUnsure;
      return problem;
    } finally {
      if (!run.gone.aborted && !(signal.aborted && signal.reason === 'release')) await run.end();
    }
  }

  async #startSsh(tunnel: SshTunnel): Promise<SshRun | FoundProblem> {
    const fault = await checkIdentity(tunnel.identityFile);
    if (fault !== null) return fault;
    try {
      return await this.#outside.ssh.start(this.processId, tunnel, { isVerbose: this.#isVerbose });
    } catch (error) {
      return problemOfStart(error);
    }
  }

  /** null: it is in, or has ended. One that was adopted was in already, as far as can be known. */
  async #waitUntilIn(
    run: SshRun,
    { isAdopted, tunnel, signal }: { isAdopted: boolean; tunnel: SshTunnel; signal: AbortSignal },
  ): Promise<FoundProblem | null> {
    if (isAdopted) return null;
    const late = pause(this.#outside.timing.connectMs, AbortSignal.any([signal, run.gone])).then(
      () => 'late' as const,
    );
    const first = await Promise.race([run.isIn, late]);
    if (first !== 'late' || signal.aborted || run.gone.aborted) return null;
    return tunnelProblem('connect-timeout', { host: tunnel.host, port: tunnel.port });
  }

  /** Asks again and again. Resolves with a problem when nothing comes through any more, with null when ssh has ended. */
  async #keep(run: SshRun | null, signal: AbortSignal): Promise<FoundProblem | null> {
    const { timing } = this.#outside;
    const life = run === null ? signal : AbortSignal.any([signal, run.gone]);
    if (!life.aborted) this.#connections += 1;
    this.#stoodSince = performance.now();
    const connection = new Connection(this.config, run, timing);
    this.#connection = connection;
    try {
      while (!life.aborted) {
        const { judgement, ms } = await connection.ask(life);
        if (life.aborted) return null;
        const { state, problem, pause: pauseName, isDead } = judgement;
        if (pauseName !== 'setupMs' && problem?.code !== 'probe-forbidden') this.#note(ms);
        if (state !== null) this.#change({ state, problem });
        else if (pauseName !== 'setupMs') this.#outside.onChange(this);
        if (state === 'up') this.#isVerbose = false;
        if (isDead) return tunnelProblem('tunnel-dead', {});
        connection.told();
        await this.#pause(timing[pauseName], life);
      }
      return null;
    } finally {
      connection.told();
      this.#connection = null;
    }
  }

  #note(ms: number | null): void {
    this.#latencyMs = ms;
    this.#probes = [...this.#probes, { at: this.#now(), ms }].slice(-KEPT_PROBES);
  }

  async #pause(ms: number | null, signal: AbortSignal): Promise<void> {
    await pause(ms, AbortSignal.any([signal, this.#waker.signal]));
    this.#waker = new AbortController();
  }

  /** Without a problem the last one stays: while it connects, that says why it must. */
  #change({ state, problem }: { state: TunnelState; problem?: FoundProblem | null }): void {
    if (problem === null) this.#problem = null;
    else if (problem !== undefined && this.#problem?.message !== problem.message)
      this.#problem = { ...problem, at: this.#now() };
    this.#upSince = state === 'up' ? (this.#upSince ?? this.#now()) : null;
    if (state !== 'up' && state !== 'degraded') this.#latencyMs = null;
    this.#state = state;
    this.#outside.onChange(this);
  }

  #now(): string {
    return this.#outside.now().toISOString();
  }
}
