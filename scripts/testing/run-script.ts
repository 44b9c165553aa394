/** Runs the shell scripts of this folder as people do: programs of their own, told by flags and a small environment. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface ScriptOptions {
  args?: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** What is typed; its end is the end of the input. */
  input?: string;
}

export interface RunningScript {
  child: ChildProcess;
  /** What it has said so far, both outputs together. */
  said: () => string;
  /** Its exit code, once it is gone. */
  ended: Promise<number | null>;
}

/** Killed when the test ends, if it still runs. Nothing of the tests' own environment but PATH reaches it. */
export function startScript(name: string, { args = [], env = {}, cwd, input = '' }: ScriptOptions = {}): RunningScript {
  const child = spawn(join(import.meta.dirname, '..', name), args, {
    cwd: cwd ?? process.cwd(),
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
  });
  let said = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  });
  return { child, said: () => said, ended };
}

export async function runScript(name: string, options: ScriptOptions = {}): Promise<{ code: number | null; output: string }> {
  const { ended, said } = startScript(name, options);
  const code = await ended;
  return { code, output: said() };
}
