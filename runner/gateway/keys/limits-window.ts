/** Counts what each key used in its window, a minute from its first use on. Which limit applies is asked anew each time: it may change. */
import { RateLimiterMemory } from 'rate-limiter-flexible';

export interface WindowState {
  limit: number;
  used: number;
  /** Until the window ends and everything is free again; 0: nothing was used. */
  resetMs: number;
}

/**
 * The window begins with the first use after the one before has ended, so each key has its own, and the end is known to the millisecond. Two
 * windows may meet: at worst a client gets twice the limit around that moment, never more than the limit in the long run.
 */
export class LimitWindow {
  readonly #limiter: RateLimiterMemory;

  constructor(windowMs: number) {
    // The limiter only counts: its own `points` are one for all keys.
    this.#limiter = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: windowMs / 1000 });
  }

  async look(id: string, limit: number): Promise<WindowState> {
    const found = await this.#limiter.get(id);
    // An ended window may still be there when its timer is late.
    if (found === null || found.msBeforeNext <= 0) return { limit, used: 0, resetMs: 0 };
    return { limit, used: found.consumedPoints, resetMs: found.msBeforeNext };
  }

  /** Takes one if there is one. Callers at the same time never get more than the limit. */
  async take(id: string, limit: number): Promise<WindowState & { isTaken: boolean }> {
    const { consumedPoints: used, msBeforeNext: resetMs } = await this.#limiter.penalty(id, 1);
    if (used <= limit) return { limit, used, resetMs, isTaken: true };
    await this.#limiter.reward(id, 1);
    return { limit, used: used - 1, resetMs, isTaken: false };
  }

  /** Afterwards, whatever the limit: the next one waits. */
  async add(id: string, amount: number): Promise<void> {
    await this.#limiter.penalty(id, amount);
  }
}
