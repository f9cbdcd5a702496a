/** The autoscaler evaluates its metrics this often, in milliseconds. */
export const tickMs = 2_000;
/** Concurrency is reported, and kept, as one mean for so long, in milliseconds. */
export const bucketMs = 1_000;
/** The activator stays in the path of requests while there is less room than this for a burst (`target-burst-capacity`). */
export const burstCapacity = 211;
/** The last instance stays until the activator has been in the path for so long (`scale-to-zero-grace-period`), in milliseconds. */
export const scaleToZeroGraceMs = 30_000;
