/** The processes as launch on demand sees them: launched from their profiles, with failures in words that remote clients may read. */
import type { ErrorCode } from '#contract/error-codes';
import { loadProblem } from '#contract/load-problem';
import type { LoadProblem, LoadProblemCode } from '#contract/load-problem';
import type { Diagnosis, Exit } from '#contract/process';
import type { Profile } from '#contract/profile';
import { AppError } from '../base/errors.ts';
import type { LaunchedServer } from '../serving/endpoints/launched-server.ts';
import { launchedServerOf } from './launched-servers.ts';
import type { Logger } from '../base/logger.ts';
import { LaunchFailure } from '../serving/on-demand/ports.ts';
import type { ProcessesPort } from '../serving/on-demand/ports.ts';
import type { ProcessSpec } from '../running/processes/process-spec.ts';
import type { Supervisor } from '../running/processes/supervisor.ts';
import type { SpecBuilder } from './spec-builder.ts';

export interface OnDemandProcessesParts {
  supervisor: Supervisor;
  specs: SpecBuilder;
  logger: Logger;
  diagnose: (spec: ProcessSpec, exit: Exit) => Promise<Diagnosis | null>;
  /** By process id. */
  profileOf: (id: string) => Profile | null;
}

export function createOnDemandProcesses({
  supervisor,
  specs,
  logger,
  diagnose,
  profileOf,
}: OnDemandProcessesParts): ProcessesPort {
  let turn: Promise<unknown> = Promise.resolve();
  /** One after the other: each takes its port before the next looks for a free one. Resolves when the process is begun, not when it runs. */
  const begin = (id: string, signal: AbortSignal): Promise<{ launching: Promise<unknown> }> => {
    const mine = turn.then(async () => {
      const profile = profileOf(id);
      if (profile === null) throw new Error(`no profile launches ${id}`);
      // Whatever the profile says: after a crash the next request is the restart, and what was unloaded is to stay so.
      const spec = await specs.fromTarget({
        id,
        target: profile.target,
        restart: { policy: 'never' },
        profileId: profile.id,
      });
      signal.throwIfAborted();
      return { launching: supervisor.launch(spec) };
    });
    turn = mine.catch(() => undefined);
    return mine;
  };

  /** Another kind of process that goes by the same id is nobody's model, and not to be stopped. */
  const serverOf = (id: string): LaunchedServer | null => {
    if (!supervisor.has(id)) return null;
    const { snapshot, spec } = supervisor.get(id);
    return launchedServerOf(snapshot, spec);
  };

  return {
    get(id) {
      const server = serverOf(id);
      if (server === null) return null;
      const { exit } = supervisor.get(id).snapshot;
      return { state: server.state, wasStopped: exit === null || exit.reason === 'stopped' };
    },
    async launch(id, signal) {
      try {
        const { launching } = await begin(id, signal);
        await launching;
      } catch (error) {
        if (!signal.aborted)
          logger.warn({ processId: id, err: error }, 'a model could not be launched on demand');
        throw failureOf(error, serverOf(id) !== null);
      }
    },
    async stop(id) {
      if (serverOf(id) !== null) await supervisor.stopProcess(id);
    },
    async whyEnded(id) {
      if (!supervisor.has(id)) return null;
      const { spec, snapshot } = supervisor.get(id);
      // The supervisor finds the same a little later; a log that cannot be read tells nothing.
      const found = snapshot.exit === null ? null : await diagnose(spec, snapshot.exit).catch(() => null);
      return found === null ? null : toldToAll(found);
    },
    onChange(listener) {
      const undo = [
        supervisor.changed.subscribe(({ id }) => listener(id)),
        supervisor.removed.subscribe(listener),
      ];
      return () => undo.forEach((end) => end());
    },
  };
}

const FAILURE_CODES: Partial<Record<ErrorCode, LoadProblemCode>> = {
  MODEL_NOT_FOUND: 'load-file-missing',
  SERVER_NOT_INSTALLED: 'load-not-installed',
  COMMAND_NOT_FOUND: 'load-not-installed',
  ALREADY_RUNNING: 'load-other-process',
  COMMAND_NOT_ALLOWED: 'load-not-allowed',
  PORT_TAKEN: 'load-port-taken',
};

/** Messages of launch errors name files and programs of this machine; the log has them. */
function failureOf(error: unknown, isServer: boolean): LaunchFailure {
  const code = error instanceof AppError ? error.code : null;
  if (code === 'ALREADY_RUNNING' && isServer) return new LaunchFailure('running', null, { cause: error });
  if (code === 'LAUNCH_CANCELLED') return new LaunchFailure('stopped', null, { cause: error });
  const why = (code === null ? undefined : FAILURE_CODES[code]) ?? 'load-not-launched';
  return new LaunchFailure('failed', loadProblem(why), { cause: error });
}

/** Cause and suggestion; of a file only its name, as the folders of this machine are nobody's business. */
export function toldToAll({ cause, suggestion, code, values = {} }: Diagnosis): LoadProblem {
  const paths = Object.entries(values).filter(([, value]) => /^([A-Za-z]:)?[\\/]/.test(String(value)));
  const names = paths.map(([place, path]) => ({
    place,
    path: String(path),
    name: String(path).replace(/.*[\\/]/, ''),
  }));
  return {
    problem: names.reduce(
      (text, { path, name }) => text.replaceAll(path, () => name),
      `${cause} ${suggestion}`,
    ),
    problemCode: code ?? null,
    problemValues: { ...values, ...Object.fromEntries(names.map(({ place, name }) => [place, name])) },
  };
}
