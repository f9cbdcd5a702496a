import { availableParallelism } from "node:os";
import type { HostError } from "../errors.ts";
import type { InstancePool } from "../instance/pool.ts";

/** As many as the cores can start at once. */
const mostAtOnce = Math.max(2, availableParallelism());

/**
 * Starts instances that must be ready before something else happens. One that starts is enough: those that fail beside it
 * are told as ever.
 *
 * @param isStopped asked before each start: nothing is to be started any more
 * @returns null when at least one is ready or none was wanted; else why none is
 */
export async function startInstances(
  pool: InstancePool,
  count: number,
  isStopped: () => boolean,
): Promise<HostError | null> {
  let left = count;
  let failure: HostError | null = null;
  const work = async (): Promise<void> => {
    while (left > 0 && failure === null && !isStopped()) {
      left--;
      failure = (await pool.start()) ?? failure;
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, mostAtOnce) }, work));
  return pool.ready > 0 ? null : failure;
}
