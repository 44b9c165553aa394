/** What the supervisor knows of a launched server, and what that alone says about its endpoint. */
import type { EndpointStatus } from '#contract/endpoint';
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

/** "online" means: may be asked. The rest needs no question. */
export function statusOfProcess(processId: string, server: LaunchedServer | null): { status: EndpointStatus; problem: string | null } {
  switch (server?.state) {
    case 'ready':
      if (server?.baseUrl === null) return { status: 'offline', problem: `The port of its process ${processId} is not known.` };
      return { status: 'online', problem: null };
    case 'starting':
    case 'loading':
      return { status: 'loading', problem: `Its process ${processId} is still loading.` };
    case 'stopping':
      return { status: 'offline', problem: `Its process ${processId} is being stopped.` };
    case 'backoff':
      return { status: 'offline', problem: `Its process ${processId} has ended and is about to be started again.` };
    case 'crash-loop':
      return { status: 'offline', problem: `Its process ${processId} crashes again and again. See its log, then launch it again.` };
    case 'exited':
    case 'failed':
    case undefined:
      return { status: 'offline', problem: `Its process ${processId} is not running. Launch it again.` };
  }
}
