/** Process ids for profiles that are made from others. */
import { firstFree, withEnding } from '../base/free-name.ts';

const MAX_PROCESS_ID = 64;

/** "llama_8000" → "llama_8000-2" … */
export function copyProcessId(id: string, isTaken: (id: string) => boolean): string {
  return firstFree((number) => withEnding(id, `-${number + 1}`, MAX_PROCESS_ID), isTaken);
}
