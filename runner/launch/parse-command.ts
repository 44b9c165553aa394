/** From a pasted command line to a launch target: a form where a server's flags are known, else a command. Nothing of the line is lost. */
import { launchTargetSchema, serverFormSchema } from '#contract/launch-form';
import type { LaunchTarget, ServerForm, Shell } from '#contract/launch-form';
import { guessShell, splitLine } from './split-line.ts';

type Field = keyof ServerForm;
type ServerRecipe = 'llama-server' | 'llama_cpp.server';

const FLAGS: Record<ServerRecipe, Partial<Record<string, Field>>> = {
  'llama-server': {
    '-m': 'model',
    '--model': 'model',
    '-mm': 'mmproj',
    '--mmproj': 'mmproj',
    '--host': 'host',
    '--port': 'port',
    '-c': 'context',
    '--ctx-size': 'context',
    '-ngl': 'gpuLayers',
    '--gpu-layers': 'gpuLayers',
    '--n-gpu-layers': 'gpuLayers',
    '-t': 'threads',
    '--threads': 'threads',
    '-np': 'parallel',
    '--parallel': 'parallel',
    '-b': 'batchSize',
    '--batch-size': 'batchSize',
    '-fa': 'flashAttention',
    '--flash-attn': 'flashAttention',
    '-a': 'alias',
    '--alias': 'alias',
    '--api-key': 'apiKey',
  },
  'llama_cpp.server': {
    '--model': 'model',
    '--clip_model_path': 'mmproj',
    '--host': 'host',
    '--port': 'port',
    '--n_ctx': 'context',
    '--n_gpu_layers': 'gpuLayers',
    '--n_threads': 'threads',
    '--n_batch': 'batchSize',
    '--flash_attn': 'flashAttention',
    '--model_alias': 'alias',
    '--api_key': 'apiKey',
  },
};

/**
 * null where there is no command. Unknown flags, and known ones with values that no form holds (`-ngl all`), become extra arguments; they
 * come last and so have the last word, as they had. A line without a port becomes a form with "auto". `shell` is guessed if not given.
 */
export function parseCommand(line: string, shell: Shell = guessShell(line)): LaunchTarget | null {
  const { env, words } = splitLine(line, shell);
  const [program, ...args] = words;
  if (program === undefined || program === '') return null;
  const name = (program.split(/[\\/]/).at(-1) ?? '').replace(/\.exe$/i, '');
  const isPython = /^(python[\d.]*|py)$/.test(name) && args[0] === '-m' && args[1] === 'llama_cpp.server';
  const target = isPython
    ? serverTarget('llama_cpp.server', args.slice(2), {
        env: withoutUnbuffered(env),
        ...binary(program, ['python', 'python3']),
      })
    : name.startsWith('llama-server') &&
      serverTarget('llama-server', args, { env, ...binary(program, ['llama-server']) });
  return target || commandTarget(line.trim(), { program, args, env });
}

/** null where the flags make no whole form: a server without a model is a command. */
function serverTarget(
  recipe: ServerRecipe,
  args: readonly string[],
  rest: Partial<ServerForm>,
): LaunchTarget | null {
  const form: Record<string, unknown> = { ...rest };
  const extraArgs: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const { flag, value, isNext } = flagAt(recipe, args, at);
    const field = FLAGS[recipe][flag];
    const parsed = field === undefined || value === undefined ? undefined : fieldValue(field, value);
    if (field === undefined || parsed === undefined) {
      extraArgs.push(args[at] ?? '');
      continue;
    }
    form[field] = parsed;
    if (isNext) at += 1;
  }
  const target = launchTargetSchema.safeParse({ recipe, form: { ...form, extraArgs } });
  return target.success ? target.data : null;
}

/** Python's argparse takes `--flag=value`; llama-server does not. */
function flagAt(
  recipe: ServerRecipe,
  args: readonly string[],
  at: number,
): { flag: string; value: string | undefined; isNext: boolean } {
  const arg = args[at] ?? '';
  const cut = recipe === 'llama_cpp.server' && arg.startsWith('--') ? arg.indexOf('=') : -1;
  if (cut > 0) return { flag: arg.slice(0, cut), value: arg.slice(cut + 1), isNext: false };
  return { flag: arg, value: args[at + 1], isNext: true };
}

/** The value as the form holds it; undefined where it does not, or where the recipe would leave the flag out again. */
function fieldValue(field: Field, value: string): unknown {
  if (value === '' || (field === 'threads' && value === '0') || (field === 'port' && value === 'auto'))
    return undefined;
  const parsed = serverFormSchema.shape[field].safeParse(typed(field, value));
  return parsed.success ? parsed.data : undefined;
}

const COUNTS: ReadonlySet<Field> = new Set([
  'port',
  'context',
  'gpuLayers',
  'threads',
  'parallel',
  'batchSize',
]);
const SWITCH: Partial<Record<string, boolean>> = {
  on: true,
  true: true,
  1: true,
  off: false,
  false: false,
  0: false,
};

function typed(field: Field, value: string): unknown {
  if (field === 'flashAttention') return SWITCH[value];
  return COUNTS.has(field) && /^-?\d+$/.test(value) ? Number(value) : value;
}

/** A program by its plain name is the one that the runner finds by itself. */
function binary(program: string, plain: readonly string[]): { binary?: string } {
  return plain.includes(program) ? {} : { binary: program };
}

/** The recipe sets it anyway. */
function withoutUnbuffered({
  PYTHONUNBUFFERED: value,
  ...env
}: Record<string, string>): Record<string, string> {
  return value === undefined || value === '1' ? env : { PYTHONUNBUFFERED: value, ...env };
}

function commandTarget(
  line: string,
  { program, args, env }: { program: string; args: string[]; env: Record<string, string> },
): LaunchTarget | null {
  // Pipes and chains are the shell's to understand: the whole line goes to it as it is.
  const needsShell = args.some((arg) => /^(\|\|?|&&?|;|[0-9]?>>?|<)$/.test(arg));
  const form = needsShell ? { cmd: line, shell: true } : { cmd: program, args, env };
  const target = launchTargetSchema.safeParse({ recipe: 'command', form });
  return target.success ? target.data : null;
}
