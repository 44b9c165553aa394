/** What the exit code or signal alone tells of a crash, where no line said more. */
import type { Diagnosis } from '#contract/process';
import { diagnosisOf } from './cause-texts.ts';
import type { Crash } from './crash.ts';
import { lessMemory } from './less-memory.ts';

/** A shell reports a signal as 128 plus its number; Windows has codes of its own, here as Node gives them (unsigned). */
const SIGNAL_BY_CODE: Partial<Record<number, string>> = {
  132: 'SIGILL',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  0xc000001d: 'SIGILL',
  0xc0000005: 'SIGSEGV',
  0xc0000135: 'missing DLL',
};

export function causeByExit(crash: Crash): Diagnosis | null {
  const { code, signal, reason } = crash.exit;
  if (reason !== 'crashed') return null;
  switch (signal ?? SIGNAL_BY_CODE[code ?? 0] ?? '') {
    case 'SIGILL':
      return diagnosisOf('illegal-instruction', {});
    case 'SIGKILL':
      return diagnosisOf('killed', {}, crash.form === undefined ? {} : lessMemory(crash.form));
    case 'SIGSEGV':
      return diagnosisOf('crashed-inside', {});
    case 'missing DLL':
      return diagnosisOf('dll-missing', {});
    default:
      return null;
  }
}
