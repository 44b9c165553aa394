/** The `script` recipe: .bat and .cmd on Windows, .sh on POSIX, .ps1 where PowerShell is. */
import type { LaunchCommand, RecipeContext, ScriptForm } from '#contract/launch-form';
import { guessPort } from './guess-port.ts';
import { launchFault, type LaunchFault } from './launch-fault.ts';

type ScriptKind = 'batch' | 'shell' | 'powershell';

export function scriptCommand(form: ScriptForm, context: RecipeContext): LaunchCommand {
  const { folder, name } = splitPath(form.path);
  const cwd = form.cwd || folder;
  // A relative path is meant from where the user stands, and in its own folder the script goes by its bare name.
  const path = form.cwd || isAbsolute(form.path) ? form.path : name;
  return {
    ...interpreted(path, form.args, context),
    env: form.env,
    cwd,
    shell: false,
    port: guessPort(form.args),
    readyUrl: null,
  };
}

function interpreted(
  path: string,
  args: readonly string[],
  context: RecipeContext,
): Pick<LaunchCommand, 'cmd' | 'args'> {
  const kind = scriptKind(path);
  switch (kind) {
    case 'powershell':
      return {
        cmd: context.binaries.powershell ?? 'pwsh',
        args: ['-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', path, ...args],
      };
    case 'shell':
      // Scripts come out of archives without their x bit and with bash's own syntax; bash runs those and plain sh ones, too.
      return { cmd: 'bash', args: [path, ...args] };
    case 'batch':
    case null:
      // cross-spawn hands a .bat to cmd.exe with the quoting that cmd.exe needs.
      return { cmd: path, args: [...args] };
  }
  return kind satisfies never;
}

const AT_PATH = { code: 'SCRIPT_UNSUPPORTED', field: 'path' } as const;

export function scriptFaults({ path }: ScriptForm, { platform, binaries }: RecipeContext): LaunchFault[] {
  const isWindows = platform === 'win32';
  const kind = scriptKind(path);
  switch (kind) {
    case 'batch': {
      const extension = `.${path.split('.').at(-1)?.toLowerCase() ?? ''}`;
      return isWindows ? [] : [launchFault(AT_PATH, 'batch-needs-windows', { extension, platform })];
    }
    case 'shell':
      return isWindows ? [launchFault(AT_PATH, 'shell-on-windows', {})] : [];
    case 'powershell':
      if (binaries.powershell !== null) return [];
      return [launchFault(AT_PATH, isWindows ? 'no-powershell-on-windows' : 'no-powershell', {})];
    case null:
      return [launchFault(AT_PATH, 'not-a-script', { name: splitPath(path).name })];
  }
  return kind satisfies never;
}

function scriptKind(path: string): ScriptKind | null {
  if (/\.(bat|cmd)$/i.test(path)) return 'batch';
  if (/\.sh$/i.test(path)) return 'shell';
  return /\.ps1$/i.test(path) ? 'powershell' : null;
}

/** Both separators: the page may show a path of a runner on the other system. */
function splitPath(path: string): { folder: string | null; name: string } {
  const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  if (cut < 0) return { folder: null, name: path };
  const isRoot = cut === 0 || /^[A-Za-z]:$/.test(path.slice(0, cut));
  return { folder: path.slice(0, isRoot ? cut + 1 : cut), name: path.slice(cut + 1) };
}

function isAbsolute(path: string): boolean {
  return /^([A-Za-z]:[\\/]|[\\/])/.test(path);
}
