/** Runs the shell scripts of this folder as users do: as programs, with flags and a small environment. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface ScriptOptions {
  args?: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** All of standard input. */
  input?: string;
}

export interface RunningScript {
  child: ChildProcess;
  /** Its output so far, stdout and stderr together. */
  output: () => string;
  /** Resolves with its exit code. */
  ended: Promise<number | null>;
}

/** Killed at the end of the test, if it still runs. Of the tests' own environment it gets PATH only. */
export function startScript(
  name: string,
  { args = [], env = {}, cwd, input = '' }: ScriptOptions = {},
): RunningScript {
  const child = spawn(join(import.meta.dirname, '..', name), args, {
    cwd: cwd ?? process.cwd(),
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  });
  return { child, output: () => output, ended };
}

export async function runScript(
  name: string,
  options: ScriptOptions = {},
): Promise<{ code: number | null; output: string }> {
  const { ended, output } = startScript(name, options);
  const code = await ended;
  return { code, output: output() };
}
