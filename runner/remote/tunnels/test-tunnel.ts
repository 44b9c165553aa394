/** Tries a tunnel once, without keeping it, and tells how far it came. */
import type { TunnelInput, TunnelTest } from '#contract/tunnel';
import { hostPort, reachableHost } from '#contract/tunnel-address';
import { tunnelProblem, tunnelStepText, type FoundProblem } from '#contract/tunnel-problem';
import { AppError } from '../../base/errors.ts';
import { askThrough } from './ask-through.ts';
import { classifySsh } from './classify-ssh.ts';
import { Connection } from './connection.ts';
import { checkIdentity } from './identity-file.ts';
import type { Judgement } from './judge-probe.ts';
import { pause } from './pause.ts';
import type { SshRun, SshRuns, SshTunnel } from './ports.ts';
import { problemOfStart } from './start-problem.ts';
import type { TunnelTiming } from './timing.ts';

/** Until the connection is given up: somebody waits for the answer. */
const CONNECT_MS = 20_000;

type Step = TunnelTest['steps'][number];

export interface TestParts {
  ssh: SshRuns;
  processId: string;
  timing: TunnelTiming;
}

export async function testTunnel(
  tunnel: TunnelInput,
  parts: TestParts,
): Promise<Omit<TunnelTest, 'problem'> & { problem: FoundProblem | null }> {
  if (tunnel.direction === 'incoming') return testIncoming(tunnel, parts.timing);
  const steps = tunnel.direction === 'reverse' ? [await targetStep(tunnel, parts.timing)] : [];
  const started = performance.now();
  const run = await startRun(tunnel, parts);
  try {
    if ('code' in run)
      return {
        steps: [...steps, step('connect', false, started, tunnelStepText('not-connected', {}))],
        problem: run,
      };
    const rest = await followRun(tunnel, run, { started, timing: parts.timing });
    return { steps: [...steps, ...rest.steps], problem: rest.problem };
  } finally {
    if (!('code' in run)) await run.end();
    parts.ssh.forget(parts.processId);
  }
}

async function startRun(tunnel: SshTunnel, { ssh, processId }: TestParts): Promise<SshRun | FoundProblem> {
  const fault = await checkIdentity(tunnel.identityFile);
  if (fault !== null) return fault;
  // Verbose from the start: there is no second try.
  return ssh.start(processId, tunnel, { isVerbose: true }).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'SHUTTING_DOWN') throw error;
    return problemOfStart(error);
  });
}

async function followRun(
  tunnel: SshTunnel,
  run: SshRun,
  { started, timing }: { started: number; timing: TunnelTiming },
): Promise<{ steps: Step[]; problem: FoundProblem | null }> {
  const why = async (): Promise<FoundProblem> =>
    classifySsh(await run.lastLines(200), { tunnel, isVerbose: run.isVerbose }).problem;
  const isSeen = await Promise.race([run.isIn, pause(CONNECT_MS, run.gone).then(() => false)]);
  const isIn = isSeen || (run.gone.aborted && (await run.isIn));
  if (!isIn) {
    const problem = run.gone.aborted
      ? await why()
      : tunnelProblem('connect-timeout', { host: tunnel.host, port: tunnel.port });
    return { steps: [step('connect', false, started, tunnelStepText('not-connected', {}))], problem };
  }
  const connected = step('connect', true, started, tunnelStepText('connected', { host: tunnel.host }));
  const forwarding = performance.now();
  const { judgement, ms } = await firstJudgement(new Connection(tunnel, run, timing), { run, timing });
  if (run.gone.aborted) {
    return {
      steps: [connected, step('forward', false, forwarding, tunnelStepText('not-forwarded', {}))],
      problem: await why(),
    };
  }
  const isThrough = ms !== null;
  const probe = step(
    'probe',
    isThrough,
    forwarding,
    tunnelStepText(isThrough ? 'probe-answers' : 'probe-silent', {}),
  );
  const isRefused = judgement.problem?.code === 'forwarding-prohibited';
  const forwarded = step(
    'forward',
    !isRefused,
    forwarding,
    tunnelStepText(isRefused ? 'not-forwarded' : 'forwarded', {}),
  );
  return {
    steps: isRefused ? [connected, forwarded] : [connected, forwarded, { ...probe, ms: ms ?? probe.ms }],
    problem: judgement.problem,
  };
}

/** Until it is clear how it is: an answer, a cause, or several questions without either. */
async function firstJudgement(
  connection: Connection,
  { run, timing }: { run: SshRun; timing: TunnelTiming },
): Promise<{ judgement: Judgement; ms: number | null }> {
  for (;;) {
    const found = await connection.ask(run.gone);
    if (found.judgement.state !== null || run.gone.aborted) return found;
    await pause(timing[found.judgement.pause], run.gone);
  }
}

async function targetStep(
  tunnel: Extract<SshTunnel, { direction: 'reverse' }>,
  { timeoutMs }: TunnelTiming,
): Promise<Step> {
  const started = performance.now();
  const at = { host: reachableHost(tunnel.localHost), port: tunnel.localPort };
  const { isAnswered } = await askThrough(at, { signal: new AbortController().signal, timeoutMs });
  const address = hostPort(tunnel.localHost, tunnel.localPort);
  return step(
    'target',
    isAnswered,
    started,
    tunnelStepText(isAnswered ? 'target-answers' : 'target-silent', { address }),
  );
}

async function testIncoming(tunnel: Extract<TunnelInput, { direction: 'incoming' }>, timing: TunnelTiming) {
  const started = performance.now();
  const { judgement, ms } = await new Connection(tunnel, null, timing).ask(new AbortController().signal);
  const isListening = judgement.state !== 'down';
  const forward = step(
    'forward',
    isListening,
    started,
    tunnelStepText(isListening ? 'forwarded' : 'not-forwarded', {}),
  );
  const probe = step(
    'probe',
    ms !== null,
    started,
    tunnelStepText(ms === null ? 'probe-silent' : 'probe-answers', {}),
  );
  return { steps: isListening ? [forward, probe] : [forward], problem: judgement.problem };
}

// oxlint-disable-next-line max-params -- a step reads as one line
function step(
  name: Step['step'],
  ok: boolean,
  started: number,
  text: Pick<Step, 'message' | 'code' | 'values'>,
): Step {
  return { step: name, ok, ms: Math.round((performance.now() - started) * 10) / 10, ...text };
}
