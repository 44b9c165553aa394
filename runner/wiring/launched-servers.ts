/** Tells the endpoint registry of every server that the supervisor runs, or a profile would: joins domains that do not know each other. */
import { basename } from 'node:path';
import type { LaunchTarget, RecipeContext } from '#contract/launch-form';
import type { ProcessSnapshot } from '#contract/process';
import type { EndpointRegistry } from '../serving/endpoints/endpoint-registry.ts';
import type { LaunchedServer, OnDemandServer } from '../serving/endpoints/launched-server.ts';
import { buildCommand } from '../launch/recipes.ts';
import type { ProcessSpec } from '../running/processes/process-spec.ts';
import type { Supervisor } from '../running/processes/supervisor.ts';

/** Tells of every process there is, then of each that changes. Call when the supervisor has taken up what there was. */
export function announceServers(supervisor: Supervisor, endpoints: EndpointRegistry): void {
  const tell = (snapshot: ProcessSnapshot): void => {
    const server = launchedServerOf(snapshot, supervisor.get(snapshot.id).spec);
    if (server !== null) endpoints.setLaunched(server);
  };
  supervisor.changed.subscribe(tell);
  supervisor.removed.subscribe((id) => endpoints.removeLaunched(id));
  for (const snapshot of supervisor.list()) tell(snapshot);
}

/** null: the process is no LLM server. A plain command is one when it was recognised as one (see spec-builder.ts), by its port and health URL. */
export function launchedServerOf(snapshot: ProcessSnapshot, spec: ProcessSpec): LaunchedServer | null {
  const isServer =
    spec.recipe === 'llama-server' || spec.recipe === 'llama_cpp.server' || spec.recipe === 'embedded';
  const isKnownCommand = spec.recipe === 'command' && spec.termAgainAfterMs !== null;
  if (!isServer && !isKnownCommand) return null;
  return {
    processId: spec.id,
    state: snapshot.state,
    baseUrl: snapshot.url,
    apiKey: apiKeyOf(spec),
    recipe: spec.recipe,
    command: spec.display,
    ...modelFacts(spec.args),
  };
}

/** For what the arguments say of the model; programs and cores are no matter. No server has port 0: "auto" is yet to be chosen. */
const NO_MACHINE: RecipeContext = {
  platform: process.platform,
  cores: 1,
  freePort: 0,
  binaries: {
    llamaServer: null,
    python: '',
    node: '',
    engine: '',
    powershell: null,
  },
};

/** What a saved form says of the server that it would become. null: it is no LLM server, or one that cannot be asked (a Unix socket). */
export function onDemandServerOf(processId: string, target: LaunchTarget): OnDemandServer | null {
  if (target.recipe === 'script' || target.recipe === 'command') return null;
  const { args, readyUrl } = buildCommand(target, NO_MACHINE);
  return readyUrl === null ? null : { processId, baseUrl: new URL(readyUrl).origin, ...modelFacts(args) };
}

function modelFacts(args: readonly string[]): Pick<LaunchedServer, 'model' | 'context' | 'slots' | 'vision'> {
  const model = valueOf(args, ['-m', '--model']) ?? '';
  return {
    model: valueOf(args, ['--alias', '-a', '--model_alias']) ?? basename(model.replaceAll('\\', '/')),
    context: contextOf(args),
    slots: numberOf(args, ['--parallel', '-np']),
    vision: valueOf(args, ['--mmproj', '-mm', '--clip_model_path']) === null ? null : true,
  };
}

/** llama-server takes a list; any of its keys opens it. A key in a file (`--api-key-file`) is not read. */
function apiKeyOf({ args, env, recipe }: ProcessSpec): string | null {
  const given = valueOf(args, ['--api-key', '--api_key']) ?? env['LLAMA_API_KEY'] ?? null;
  return recipe === 'llama_cpp.server' || given === null ? given : (given.split(',')[0] ?? given);
}

/** With a number of slots given, llama-server divides its context among them: what a slot has, the server itself tells. */
function contextOf(args: readonly string[]): number | null {
  const context = numberOf(args, ['-c', '--ctx-size', '--n_ctx']);
  return context === null || context === 0 || numberOf(args, ['--parallel', '-np']) !== null ? null : context;
}

function numberOf(args: readonly string[], names: readonly string[]): number | null {
  const value = Number(valueOf(args, names) ?? Number.NaN);
  return Number.isInteger(value) && value >= 0 ? value : null;
}

/** `--name value` or `--name=value`; the last one counts, as servers read it. */
function valueOf(args: readonly string[], names: readonly string[]): string | null {
  let found: string | null = null;
  for (const [index, arg] of args.entries()) {
    const [name, value] = arg.startsWith('--') ? splitOnce(arg) : [arg];
    if (names.includes(name)) found = value ?? args[index + 1] ?? null;
  }
  return found;
}

function splitOnce(arg: string): [string, string?] {
  const at = arg.indexOf('=');
  return at === -1 ? [arg] : [arg.slice(0, at), arg.slice(at + 1)];
}
