import perfHooks from "node:perf_hooks";
import { standIn } from "./stand-in.ts";

type Clocks = typeof performance;

/** Reads a clock that `repairClock` does not change, in milliseconds. */
export const steadyNow: () => number = performance.now.bind(performance);

/** How long the template was parked before this child was wanted, in milliseconds. */
let parkedMs = 0;

/**
 * Takes the time a template was parked out of the clocks that count from the start of the process: `performance`'s and
 * `process.uptime()`. So an instance has started as long ago as loading took, and no clock goes backwards.
 * `process.hrtime()` stays: it counts for all processes of the machine. Called in the template.
 *
 * @returns what is to be called in the child when it begins to serve
 */
export function holdClock(): () => void {
  const parkedAt = steadyNow();
  holdUptime();
  holdPerformance();
  holdUtilization();
  return () => {
    parkedMs = steadyNow() - parkedAt;
  };
}

function holdUptime(): void {
  const { uptime } = process;
  process.uptime = standIn(uptime, () => uptime() - parkedMs / 1_000);
}

function holdPerformance(): void {
  const prototype = Object.getPrototypeOf(performance) as Clocks;
  const { now, mark, measure, toJSON } = prototype;
  const origin = Object.getOwnPropertyDescriptor(prototype, "timeOrigin");
  const readOrigin = origin?.get;
  prototype.now = standIn(now, function present(this: Clocks) {
    return now.call(this) - parkedMs;
  });
  if (readOrigin !== undefined) {
    const get = standIn(readOrigin, function timeOrigin(this: Clocks): number {
      return (readOrigin.call(this) as number) + parkedMs;
    });
    Object.defineProperty(prototype, "timeOrigin", { ...origin, get });
  }
  prototype.mark = standIn(mark, function markNow(this: Clocks, name: string, options?: PerformanceMarkOptions) {
    if (options?.startTime !== undefined) return mark.call(this, name, options);
    return mark.call(this, name, { ...options, startTime: now.call(this) - parkedMs });
  });
  prototype.measure = standIn(measure, function measureUntilNow(this: Clocks, ...args: MeasureArguments) {
    const [name, start, end] = args;
    const isWhole = typeof start === "object" && start !== null && (start.end ?? start.duration) !== undefined;
    if (end !== undefined || isWhole) return measure.apply(this, args as never);
    const options = typeof start === "string" ? { start } : start;
    return measure.call(this, name, { ...options, end: now.call(this) - parkedMs });
  }) as typeof measure;
  prototype.toJSON = standIn(toJSON, function json(this: Clocks) {
    return { ...(toJSON.call(this) as object), timeOrigin: this.timeOrigin };
  });
}

interface PerformanceMarkOptions {
  readonly detail?: unknown;
  readonly startTime?: number;
}

interface MeasureOptions {
  readonly start?: number | string;
  readonly end?: number | string;
  readonly duration?: number;
  readonly detail?: unknown;
}

type MeasureArguments = [name: string, start?: string | MeasureOptions | null, end?: string];

type Utilization = ReturnType<typeof performance.eventLoopUtilization>;

/** A parked template seems to be busy: overload protection that compares with what it read at load would refuse requests. */
function holdUtilization(): void {
  const prototype = Object.getPrototypeOf(performance) as Clocks;
  const original = prototype.eventLoopUtilization;
  const read = (): Utilization => {
    const { idle, active } = original.call(performance);
    return shareOf(idle, Math.max(0, active - parkedMs));
  };
  const replacement = standIn(original, (later?: Utilization, earlier?: Utilization) => {
    if (later === undefined) return read();
    const [to, from] = earlier === undefined ? [read(), later] : [later, earlier];
    return shareOf(to.idle - from.idle, to.active - from.active);
  });
  prototype.eventLoopUtilization = replacement;
  const module = perfHooks as { eventLoopUtilization?: unknown };
  // Only newer versions of Node export it beside.
  if (module.eventLoopUtilization !== undefined) module.eventLoopUtilization = replacement;
}

function shareOf(idle: number, active: number): Utilization {
  return { idle, active, utilization: idle + active > 0 ? active / (idle + active) : 0 };
}
