/** The automatic restarts of one process: how many there were, and the one to come. */
import { MAX_RESTARTS, restartDelayMs } from './restart-policy.ts';

export class RestartSchedule {
  /** Since the last launch by a user, or the last healthy spell. */
  count = 0;
  /** ISO time of the one to come; null when none is due. */
  nextAt: string | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** Restarts after a growing delay; false when that was done too often: a crash loop. */
  plan(restart: () => void, random: () => number): boolean {
    if (this.count >= MAX_RESTARTS) return false;
    const delayMs = restartDelayMs(this.count, random);
    this.count += 1;
    this.nextAt = new Date(Date.now() + delayMs).toISOString();
    this.#timer = setTimeout(() => {
      this.cancel();
      restart();
    }, delayMs);
    return true;
  }

  cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.nextAt = null;
  }
}
