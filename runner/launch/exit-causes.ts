/** What the exit code or signal alone tells of a crash, where no line said more. */
import type { Diagnosis } from '#contract/process';
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
      return {
        cause: 'The program uses instructions that this processor does not have.',
        suggestion: 'Use a build made for this processor (one without AVX2 or AVX-512), or the embedded server, which picks its own.',
        fix: {},
      };
    case 'SIGKILL':
      return {
        cause: 'The system ended the process by force, most likely because memory ran out.',
        suggestion:
          'Choose a smaller model or quantization, a smaller context, or end other programs. The system log (dmesg) tells for sure.',
        fix: crash.form === undefined ? {} : lessMemory(crash.form),
      };
    case 'SIGSEGV':
      return {
        cause: 'The program crashed inside itself.',
        suggestion: 'Try a newer build of it, and fewer GPU layers: a graphics driver at fault often shows like this.',
        fix: {},
      };
    case 'missing DLL':
      return {
        cause: 'A DLL that the program needs is missing.',
        suggestion: 'Unpack all files of its archive into one folder, and install the Visual C++ runtime.',
        fix: {},
      };
    default:
      return null;
  }
}
