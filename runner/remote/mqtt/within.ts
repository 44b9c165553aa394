/** A wait with an end: what another program may never answer must not keep us from stopping. */

/** Resolves when `work` has, however it ended, or when the time is over. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work.catch(() => undefined), promise]);
  clearTimeout(timer);
}
