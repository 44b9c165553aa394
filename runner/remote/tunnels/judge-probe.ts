/** What the answers to a round of questions mean for a tunnel. Pure. */
import type { TunnelInput, TunnelState } from '#contract/tunnel';
import { hostPort, reachableHost } from '#contract/tunnel-address';
import { tunnelProblem, type FoundProblem } from '#contract/tunnel-problem';
import type { Asked } from './ask-through.ts';

/** Questions in a row without an answer until the tunnel counts as degraded, and until it is given up. */
const DEGRADED_AFTER = 2;
const DEAD_AFTER = 4;

export interface Round {
  tunnel: TunnelInput;
  /** Through the tunnel; null: it was not asked, as the server behind it is down or the probe is forbidden. */
  through: Asked | null;
  /** The model server of this machine, directly; null: not asked. */
  target: Asked | null;
  /** What ssh said lately. */
  lines: readonly string[];
  /** Questions in a row without an answer, before this one. */
  failures: number;
  /** ssh may still be setting up its forwardings. */
  isSettingUp: boolean;
}

/** `state` null: as it was. `pause` names how long to wait. */
export interface Judgement {
  state: TunnelState | null;
  problem: FoundProblem | null;
  failures: number;
  pause: 'probeMs' | 'soonMs' | 'setupMs' | 'downMs';
  isDead: boolean;
  isForbidden: boolean;
}

const STEADY = { problem: null, failures: 0, pause: 'probeMs', isDead: false, isForbidden: false } as const;

export function judgeProbe(round: Round): Judgement {
  const { tunnel, through, target } = round;
  if (through?.isAnswered === true) return { ...STEADY, state: 'up' };
  switch (tunnel.direction) {
    case 'incoming':
      return judgeIncoming(tunnel, through);
    case 'forward':
      return remoteRefusal(round, tunnel) ?? unanswered(round);
    case 'reverse': {
      if (round.isSettingUp && through?.why === 'refused')
        return { ...STEADY, state: null, pause: 'setupMs' };
      const address = hostPort(tunnel.localHost, tunnel.localPort);
      if (target?.isAnswered === false)
        return {
          ...STEADY,
          state: 'degraded',
          problem: tunnelProblem('target-down', { address }),
          pause: 'downMs',
        };
      if (through === null || isProhibited(round)) {
        const problem = tunnelProblem('probe-forbidden', {
          target: hostPort(reachableHost(tunnel.bindAddress), tunnel.remotePort),
        });
        return { ...STEADY, state: 'up', problem, isForbidden: true };
      }
      return unanswered(round);
    }
  }
}

/** What ssh says of a connection that the other machine could not, or may not, make. */
function remoteRefusal(
  round: Round,
  tunnel: Extract<TunnelInput, { direction: 'forward' }>,
): Judgement | null {
  const { through, lines, isSettingUp } = round;
  if (through?.isAnswered !== false) return null;
  if (isSettingUp && through.why === 'refused') return { ...STEADY, state: null, pause: 'setupMs' };
  const { host } = tunnel;
  const address = hostPort(tunnel.remoteHost, tunnel.remotePort);
  if (isProhibited(round)) {
    return {
      ...STEADY,
      state: 'degraded',
      problem: tunnelProblem('forwarding-prohibited', { host, target: address }),
    };
  }
  // Silence is no refusal: the line may be an old one.
  if (through.why !== 'closed' || lastOpenFailure(lines) === undefined) return null;
  return {
    ...STEADY,
    state: 'degraded',
    problem: tunnelProblem('remote-target-down', { host, address }),
    pause: 'downMs',
  };
}

/** Nothing is started or ended here: it is down until the other machine comes. */
function judgeIncoming(
  { bindAddress, remotePort }: Extract<TunnelInput, { direction: 'incoming' }>,
  through: Asked | null,
): Judgement {
  const address = hostPort(bindAddress, remotePort);
  if (through?.isAnswered === false && through.why === 'refused') {
    return {
      ...STEADY,
      state: 'down',
      problem: tunnelProblem('incoming-absent', { address, port: remotePort }),
      pause: 'downMs',
    };
  }
  return {
    ...STEADY,
    state: 'degraded',
    problem: tunnelProblem('incoming-silent', { address }),
    pause: 'downMs',
  };
}

/** One question may get lost on a busy machine. */
function unanswered({ failures: before }: Round): Judgement {
  const failures = before + 1;
  const isDegraded = failures >= DEGRADED_AFTER;
  return {
    ...STEADY,
    state: isDegraded ? 'degraded' : null,
    problem: isDegraded ? tunnelProblem('no-answer-through', {}) : null,
    failures,
    pause: 'soonMs',
    isDead: failures >= DEAD_AFTER,
  };
}

function isProhibited({ through, lines }: Round): boolean {
  return (
    through?.isAnswered === false &&
    through.why === 'closed' &&
    lastOpenFailure(lines)?.includes('prohibited') === true
  );
}

function lastOpenFailure(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => /^channel \d+: open failed: /.test(line));
}
