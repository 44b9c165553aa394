/** Starts a TypeScript program as a child that reports in lines on its stdout. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Program {
  child: ChildProcess;
  /** Rejects when the program ends without another line. */
  nextLine: () => Promise<string>;
  end: () => Promise<void>;
}

export function startProgram(file: URL, args: readonly string[] = []): Program {
  const child = spawn(process.execPath, [fileURLToPath(file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    child,
    nextLine: async () => {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${fileURLToPath(file)} ended without a report`);
      return value;
    },
    end: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
