/** Milliseconds of the clock that all processes of a machine share, for what one does and another waits for. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
