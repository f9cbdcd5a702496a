/**
 * Headroom over what is expected, in standard deviations. Arrivals at random vary by the root of their mean, so a large
 * load needs relatively little: 100 at once on average vary by 10, and with 120 slots about two invocations in a hundred find
 * none free, for some milliseconds; a fixed utilization of 70 % would pay for 143. With 1.6 the 99th percentile of waits of a
 * steady load was longer than Knative's in some cases, with more than 2 nothing became shorter.
 */
export const headroomDeviations = 2;

/**
 * Small loads would need more by that: 1 at once on average would get room for 3. As Knative, tide spends no more on
 * them than `1 / targetUtilization` times the load, here by a little more, as it looks at a shorter time.
 */
export const utilizationShare = 0.93;

/** An instance is kept at least so many times as long as a start takes: starting costs at most a tenth of what runs. */
export const keepStarts = 10;
/** But never for less than this, in milliseconds, or each crest of a busy second would start and stop some. */
export const shortestKeepMs = 2_000;
/** Nor longer for these reasons, in milliseconds. */
export const longestKeepMs = 30_000;

/**
 * Invocations that wait for a start need not all begin at its end: instances are started for as many as would begin
 * within this part of a start after it.
 */
export const clearStarts = 0.25;

/** So many pauses must have been seen before the histogram of their lengths decides. */
export const neededPauses = 8;
/** The start that `idleTimeoutMs` is meant for, in milliseconds: to spare a longer one, an instance is kept for longer. */
export const usualStartMs = 200;

/** What was idle for this long is frozen, in milliseconds. */
export const freezeAfterMs = 5_000;

/** Instances for what is due by rhythm start this much earlier than one start takes: a factor, and milliseconds. */
export const prewarmStarts = 1.5;
export const prewarmMarginMs = 100;
/** They are given up when nothing came so long after the latest expected time, in milliseconds. */
export const prewarmGraceMs = 200;

/** While load may fall, and with it what is needed, it is looked at this often, in milliseconds. */
export const lookAgainMs = 1_000;
