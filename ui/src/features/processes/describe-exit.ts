/** The text for how a run ended. */
import type { TFunction } from 'i18next';
import type { Exit } from '#contract/process';

export function describeExit(exit: Exit, t: TFunction): string {
  switch (exit.reason) {
    case 'stopped':
      return exit.signal === 'SIGKILL' ? t('exit.stoppedByForce') : t('exit.stopped');
    case 'exited':
      return t('exit.exited');
    case 'spawn-failed':
      return t('exit.spawnFailed');
    case 'shim-lost':
      return t('exit.keeperLost');
    case 'crashed':
      return exit.signal === null
        ? t('exit.crashedCode', { code: exit.code ?? '?' })
        : t('exit.crashedSignal', { signal: exit.signal });
  }
}
