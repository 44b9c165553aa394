/** What is known of a tunnel while it stands, and the rounds of questions through it. */
import type { TunnelInput } from '#contract/tunnel';
import { reachableHost } from '#contract/tunnel-address';
import { askThrough } from './ask-through.ts';
import type { Asked } from './ask-through.ts';
import { judgeProbe } from './judge-probe.ts';
import type { Judgement } from './judge-probe.ts';
import type { SshRun } from './ports.ts';
import type { TunnelTiming } from './timing.ts';

const LINES_OF_INTEREST = 20;

export class Connection {
  readonly #tunnel: TunnelInput;
  readonly #run: SshRun | null;
  readonly #timing: TunnelTiming;
  readonly #begun = performance.now();
  #failures = 0;
  #isTargetDown = false;
  #isForbidden = false;
  #hasJudged = false;
  #round = Promise.withResolvers<void>();

  constructor(tunnel: TunnelInput, run: SshRun | null, timing: TunnelTiming) {
    this.#tunnel = tunnel;
    this.#run = run;
    this.#timing = timing;
  }

  /** Resolves when the present round, or the next one, is judged. */
  nextRound(): Promise<void> {
    return this.#round.promise;
  }

  told(): void {
    this.#round.resolve();
    this.#round = Promise.withResolvers();
  }

  /** `ms` is of the answer that came through, null: none came. */
  async ask(signal: AbortSignal): Promise<{ judgement: Judgement; ms: number | null }> {
    const round = await this.#askBoth(signal);
    const { through } = round;
    const lines =
      through?.isAnswered === false && through.why === 'closed'
        ? ((await this.#run?.lastLines(LINES_OF_INTEREST)) ?? [])
        : [];
    const isSettingUp = !this.#hasJudged && performance.now() - this.#begun < this.#timing.connectMs;
    const judgement = judgeProbe({
      ...round,
      tunnel: this.#tunnel,
      lines,
      failures: this.#failures,
      isSettingUp,
    });
    this.#failures = judgement.failures;
    this.#isTargetDown = judgement.problem?.code === 'target-down';
    this.#isForbidden ||= judgement.isForbidden;
    this.#hasJudged ||= judgement.state !== null;
    return { judgement, ms: through?.isAnswered === true ? through.ms : null };
  }

  /** The direct question costs the other machine nothing: it comes first where the answer through the tunnel is known to fail. */
  async #askBoth(signal: AbortSignal): Promise<{ through: Asked | null; target: Asked | null }> {
    const tunnel = this.#tunnel;
    const options = { signal, timeoutMs: this.#timing.timeoutMs };
    if (tunnel.direction !== 'reverse')
      return { through: await askThrough(listenerHere(tunnel), options), target: null };
    const direct = (): Promise<Asked> =>
      askThrough({ host: reachableHost(tunnel.localHost), port: tunnel.localPort }, options);
    const port = this.#isForbidden ? null : (this.#run?.probePort ?? null);
    if (port === null) return { through: null, target: await direct() };
    if (this.#isTargetDown) {
      const target = await direct();
      if (!target.isAnswered) return { through: null, target };
    }
    const through = await askThrough({ host: '127.0.0.1', port }, options);
    return { through, target: through.isAnswered || signal.aborted ? null : await direct() };
  }
}

/** Where "forward" and "incoming" can be reached on this machine. */
export function listenerHere(tunnel: Exclude<TunnelInput, { direction: 'reverse' }>): {
  host: string;
  port: number;
} {
  return {
    host: reachableHost(tunnel.bindAddress),
    port: tunnel.direction === 'forward' ? tunnel.localPort : tunnel.remotePort,
  };
}
