/** The monotonic clock that all processes of the machine share, in ms. `performance.now()` counts from the start of each process. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
