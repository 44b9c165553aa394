/** Waits for a condition instead of sleeping for luck. */
import { readProcess } from '../running/os/process-table.ts';
/** Polls until `find` gives something other than null, undefined or false; throws after `timeoutMs` (20 s) with `what` it waited for. */
export async function waitUntil<Found>(
  what: string,
  find: () => Found | Promise<Found>,
  timeoutMs = 20_000,
): Promise<Exclude<Found, null | undefined | false>> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const found = await find();
    if (found !== null && found !== undefined && found !== false)
      return found as Exclude<Found, null | undefined | false>;
    if (performance.now() > until) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether a process lives; a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return process.platform !== 'linux' || readProcess(pid)?.isZombie === false;
}
