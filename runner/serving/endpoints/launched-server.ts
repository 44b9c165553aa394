/** What the supervisor knows of a launched server, and what that alone says about its endpoint. */
import type { EndpointStatus } from '#contract/endpoint';
import { NO_PROBLEM, endpointProblem, type EndpointProblem } from '#contract/endpoint-problem';
import type { Recipe } from '#contract/launch-form';
import type { ProcessState } from '#contract/process';

/** `model`, `context`, `slots` and `vision` are of the launch form: what the server tells itself beats them. `command` has secrets masked. */
export interface LaunchedServer {
  processId: string;
  state: ProcessState;
  /** Null: it is no server, or its port is not known. */
  baseUrl: string | null;
  apiKey: string | null;
  recipe: Recipe;
  command: string;
  model: string;
  context: number | null;
  slots: number | null;
  vision: boolean | null;
}

/** What a saved profile tells of the server that a request would launch. `baseUrl` has no port where that is chosen at the launch. */
export type OnDemandServer = Pick<LaunchedServer, 'processId' | 'model' | 'context' | 'slots' | 'vision'> & {
  baseUrl: string;
};

/** Nothing of it runs, and nothing will by itself. */
export function isEnded(server: LaunchedServer | null): boolean {
  return (
    server === null || server.state === 'exited' || server.state === 'failed' || server.state === 'crash-loop'
  );
}

/** "online" means: may be asked. The rest needs no question. */
export function statusOfProcess(
  id: string,
  server: LaunchedServer | null,
  isOnDemand = false,
): EndpointProblem & { status: EndpointStatus } {
  if (isOnDemand && isEnded(server))
    return { status: 'offline', ...endpointProblem('process-on-demand', {}) };
  switch (server?.state) {
    case 'ready':
      if (server?.baseUrl === null)
        return { status: 'offline', ...endpointProblem('process-without-port', { id }) };
      return { status: 'online', ...NO_PROBLEM };
    case 'starting':
    case 'loading':
      return { status: 'loading', ...endpointProblem('process-loading', { id }) };
    case 'stopping':
      return { status: 'offline', ...endpointProblem('process-stopping', { id }) };
    case 'backoff':
      return { status: 'offline', ...endpointProblem('process-restarting', { id }) };
    case 'crash-loop':
      return { status: 'offline', ...endpointProblem('process-crash-loop', { id }) };
    case 'exited':
    case 'failed':
    case undefined:
      return { status: 'offline', ...endpointProblem('process-gone', { id }) };
  }
}
