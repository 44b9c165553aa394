/** How a run ended, in words. */
import type { Exit } from '#contract/process';
import { en } from '../../locales/en.ts';
import { fill } from '../../locales/fill.ts';

export function describeExit(exit: Exit): string {
  const words = en.exit;
  switch (exit.reason) {
    case 'stopped':
      return exit.signal === 'SIGKILL' ? words.stoppedByForce : words.stopped;
    case 'exited':
      return words.exited;
    case 'spawn-failed':
      return words.spawnFailed;
    case 'shim-lost':
      return words.keeperLost;
    case 'crashed':
      return exit.signal === null
        ? fill(words.crashedCode, { code: exit.code ?? '?' })
        : fill(words.crashedSignal, { signal: exit.signal });
  }
}
