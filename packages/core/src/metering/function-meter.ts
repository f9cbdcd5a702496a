import { Histogram } from "./histogram.ts";

/** What the meter reads of an invocation that has ended; nothing of it is kept. */
export interface MeteredInvocation {
  /** Status the client got; 0 when it went away before one was sent. */
  readonly status: number;
  /** From the request's head to the end of its response, in milliseconds. */
  readonly durationMs: number;
  /** Part of it spent waiting for room in an instance, in milliseconds. */
  readonly queueMs: number;
  /** Part of it spent waiting for an instance to start, in milliseconds. */
  readonly startMs: number;
  readonly isColdStart: boolean;
  /** How often it was sent to a further instance. */
  readonly replays: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Stable code of what went wrong; null when nothing did. */
  readonly error: string | null;
}

/** Statuses are counted by number; HTTP has none above 599 that a gateway would pass on. */
const statusCount = 600;

/**
 * Numbers of one function's invocations. `record` is on the path of every request: some additions on typed arrays, no
 * allocation; only an invocation that went wrong touches a map.
 */
export class FunctionMeter {
  readonly duration: Histogram = new Histogram();
  readonly queueWait: Histogram = new Histogram();
  readonly startWait: Histogram = new Histogram();
  /** Invocations by status, 0 to 599. */
  readonly statuses: Float64Array = new Float64Array(statusCount);
  /** Invocations that went wrong, by stable code. */
  readonly errors: Map<string, number> = new Map();
  coldStarts = 0;
  replays = 0;
  requestBytes = 0;
  responseBytes = 0;

  /** Counts an invocation that has ended. */
  record(invocation: MeteredInvocation): void {
    const { status, startMs, error } = invocation;
    this.#count(status);
    this.duration.record(invocation.durationMs);
    this.queueWait.record(invocation.queueMs);
    this.startWait.record(startMs);
    if (invocation.isColdStart) this.coldStarts += 1;
    this.replays += invocation.replays;
    this.requestBytes += invocation.requestBytes;
    this.responseBytes += invocation.responseBytes;
    if (error !== null) this.#fail(error);
  }

  /** Counts a request that was refused before it could be understood: it took no time and had no size. */
  refuse(status: number, error: string): void {
    this.#count(status);
    this.#fail(error);
  }

  /** Invocations in a class of statuses: 2 for 2xx; 0 for those whose client went away before one was sent. */
  ofClass(statusClass: number): number {
    if (statusClass === 0) return this.statuses[0] ?? 0;
    let count = 0;
    for (let status = statusClass * 100; status < statusClass * 100 + 100; status += 1) {
      count += this.statuses[status] ?? 0;
    }
    return count;
  }

  /** All invocations that ended. */
  get invocations(): number {
    let count = 0;
    for (const each of this.statuses) count += each;
    return count;
  }

  #count(status: number): void {
    const index = status >= 0 && status < statusCount ? status : statusCount - 1;
    this.statuses[index] = (this.statuses[index] ?? 0) + 1;
  }

  #fail(error: string): void {
    this.errors.set(error, (this.errors.get(error) ?? 0) + 1);
  }
}
