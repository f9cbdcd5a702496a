/**
 * Skips a test of forked instances where the system cannot fork. In CI it can, unless it was told not to: there the test fails.
 *
 * @param reason why nothing is forked; null where it is
 */
export function skipUnforkable(context: { readonly skip: (reason: string) => void }, reason: string | null): void {
  if (reason === null) return;
  const { CI, TIDEGATE_FORK } = process.env;
  if (CI !== undefined && TIDEGATE_FORK !== "off") throw new Error(`Cannot test forked instances: ${reason}`);
  context.skip(reason);
}
