/** Turns validated launch requests into process specs: joins the pure recipes with what this machine has, and checks files and the allow-list. */
import { basename, resolve, sep } from 'node:path';
import type { z } from 'zod';
import type { LaunchTarget, RecipeContext } from '#contract/launch-form';
import type { launchCommandRequestSchema, Ready, Restart } from '#contract/process';
import { AppError } from '../base/errors.ts';
import { guessPort } from '../launch/guess-port.ts';
import { maskEnv, maskSecrets, maskText } from '../launch/mask-secrets.ts';
import { quoteCommand } from '../launch/quote-command.ts';
import { faultDetails } from '../launch/launch-fault.ts';
import { buildCommand, launchFaults } from '../launch/recipes.ts';
import { isFile } from '../running/os/file-kind.ts';
import { DEFAULT_GRACE_MS } from '../running/processes/process-spec.ts';
import type { ProcessSpec } from '../running/processes/process-spec.ts';

/** llama-server with an open stream ignores the first TERM for up to 30 s; the second ends it. */
const SERVER_TERM_AGAIN_MS = 2_000;

export interface TargetRequest {
  id: string;
  target: LaunchTarget;
  restart?: Restart | undefined;
  graceMs?: number | undefined;
  profileId: string | null;
}

export class SpecBuilder {
  readonly #recipeContext: (host: string) => Promise<RecipeContext>;
  readonly #allowedCommands: readonly string[] | null;

  constructor(parts: {
    recipeContext: (host: string) => Promise<RecipeContext>;
    allowedCommands: readonly string[] | null;
  }) {
    this.#recipeContext = parts.recipeContext;
    this.#allowedCommands = parts.allowedCommands;
  }

  /** Throws COMMAND_NOT_ALLOWED. */
  fromCommand(request: z.infer<typeof launchCommandRequestSchema>): ProcessSpec {
    const { id, cmd } = request;
    const args = request.args ?? [];
    const shell = request.shell ?? false;
    const server = knownServer(cmd, args);
    const port = request.port ?? server?.port ?? null;
    this.#checkAllowed(cmd, shell);
    return {
      id,
      cmd,
      args,
      shell,
      port,
      recipe: 'command',
      target: null,
      env: {
        ...server?.env,
        ...request.env,
      },
      cwd: request.cwd ?? null,
      stdin: request.stdin ?? 'ignore',
      host: '127.0.0.1',
      ready: request.ready ?? server?.ready ?? null,
      restart: request.restart ?? { policy: 'never' },
      graceMs: request.graceMs ?? DEFAULT_GRACE_MS,
      termAgainAfterMs: server === null ? null : SERVER_TERM_AGAIN_MS,
      profileId: null,
      display: displayOf({
        cmd,
        args,
        shell,
      }),
    };
  }

  /** Throws the recipe's own faults, MODEL_NOT_FOUND, SCRIPT_NOT_FOUND and COMMAND_NOT_ALLOWED. */
  async fromTarget(request: TargetRequest): Promise<ProcessSpec> {
    const { id, target, profileId } = request;
    const host = 'host' in target.form ? target.form.host : '127.0.0.1';
    const context = await this.#recipeContext(host);
    const fault = launchFaults(target, context)[0];
    if (fault !== undefined) throw new AppError(fault.code, fault.message, { details: faultDetails(fault) });
    checkFiles(target);
    const { cmd, args, env, cwd, shell, port, readyUrl } = buildCommand(target, context);
    this.#checkAllowed(target.recipe === 'script' ? target.form.path : cmd, shell);
    const isServer = readyUrl !== null;
    return {
      id,
      cmd,
      args,
      env,
      cwd,
      shell,
      port,
      host,
      target,
      profileId,
      recipe: target.recipe,
      stdin: 'ignore',
      ready: isServer ? { url: readyUrl } : null,
      restart: request.restart ?? { policy: 'never' },
      graceMs: request.graceMs ?? DEFAULT_GRACE_MS,
      termAgainAfterMs: isServer ? SERVER_TERM_AGAIN_MS : null,
      display: displayOf({
        cmd,
        args,
        shell,
      }),
    };
  }

  /** The target as it may be shown: keys and secret variables replaced. */
  masked(target: LaunchTarget | null): LaunchTarget | null {
    if (target === null) return null;
    const form = { ...target.form, env: maskEnv(target.form.env) };
    if ('extraArgs' in form) form.extraArgs = maskSecrets(form.extraArgs);
    if ('args' in form) form.args = maskSecrets(form.args);
    if ('cmd' in form) form.cmd = maskText(form.cmd);
    if ('apiKey' in form && form.apiKey !== undefined) form.apiKey = '***';
    return { ...target, form } as LaunchTarget;
  }

  #checkAllowed(command: string, shell: boolean): void {
    if (this.#allowedCommands === null) return;
    const path = resolve(command);
    const isAllowed = this.#allowedCommands.some((allowed) =>
      allowed.endsWith('/') || allowed.endsWith('\\')
        ? /[\\/]/.test(command) && path.startsWith(resolve(allowed) + sep)
        : allowed === command || (/[\\/]/.test(allowed) && resolve(allowed) === path),
    );
    if (isAllowed && !shell) return;
    const why = shell ? 'a shell could run anything' : `${command} is not in it`;
    throw new AppError(
      'COMMAND_NOT_ALLOWED',
      `This runner launches only what RUNNER_ALLOWED_COMMANDS lists; ${why}.`,
    );
  }
}

function checkFiles(target: LaunchTarget): void {
  if (target.recipe === 'script') {
    const { path } = target.form;
    if (isFile(path)) return;
    throw new AppError('SCRIPT_NOT_FOUND', `There is no script at ${path}. Check the path.`, {
      details: { path },
    });
  }
  if (target.recipe === 'command') return;
  for (const [field, path] of [
    ['model', target.form.model],
    ['mmproj', target.form.mmproj],
  ] as const) {
    if (path === undefined || path === '' || isFile(path)) continue;
    throw new AppError(
      'MODEL_NOT_FOUND',
      `There is no model file at ${path}. Check the path, or choose one that the models list shows.`,
      {
        details: { field, path },
      },
    );
  }
}

/** What can be told of a server from a command of the user's own: port and readiness, so that the seed's plain launches are proven, too. */
function knownServer(
  cmd: string,
  args: readonly string[],
): { port: number | null; ready: Ready | null; env: Record<string, string> } | null {
  const isPython = args.includes('llama_cpp.server');
  if (!isPython && !/^llama-server(\.exe)?$/.test(basename(cmd))) return null;
  const port = guessPort([...args]);
  const url = `http://127.0.0.1:${port}${isPython ? '/v1/models' : '/health'}`;
  return { port, ready: port === null ? null : { url }, env: isPython ? { PYTHONUNBUFFERED: '1' } : {} };
}

function displayOf(command: { cmd: string; args: string[]; shell: boolean }): string {
  const shellKind = process.platform === 'win32' ? 'cmd' : 'posix';
  const args = maskSecrets(command.args);
  // With a shell the whole line may stand in `cmd`.
  const cmd = maskText(command.cmd);
  return command.shell ? [cmd, ...args].join(' ') : quoteCommand({ cmd, args }, shellKind);
}
