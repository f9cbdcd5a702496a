import type { FunctionTrace, Trace } from "./trace.ts";

/** Times of one function while they are being read, in whatever order. */
interface Rows {
  at: Float64Array;
  serviceMs: Float64Array;
  count: number;
}

const firstRoom = 64;

/** Collects invocations in any order: a trace has them as they ended. Two numbers each, so that millions fit. */
export class TraceBuilder {
  readonly #functions: Map<string, Rows> = new Map();
  unserved = 0;

  /** @param at milliseconds on any clock, the same for all */
  add(name: string, at: number, serviceMs: number): void {
    let rows = this.#functions.get(name);
    if (rows === undefined) {
      rows = { at: new Float64Array(firstRoom), serviceMs: new Float64Array(firstRoom), count: 0 };
      this.#functions.set(name, rows);
    }
    if (rows.count === rows.at.length) {
      rows.at = doubled(rows.at);
      rows.serviceMs = doubled(rows.serviceMs);
    }
    rows.at[rows.count] = at;
    rows.serviceMs[rows.count] = serviceMs;
    rows.count += 1;
  }

  build(): Trace {
    let first = Infinity;
    let last = -Infinity;
    let invocations = 0;
    for (const { at, count } of this.#functions.values()) {
      invocations += count;
      for (let index = 0; index < count; index += 1) {
        first = Math.min(first, at[index] ?? Infinity);
        last = Math.max(last, at[index] ?? -Infinity);
      }
    }
    const functions = [...this.#functions]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, rows]) => ordered(name, rows, first));
    return { functions, invocations, durationMs: Math.max(0, last - first), unserved: this.unserved };
  }
}

function ordered(name: string, { at, serviceMs, count }: Rows, first: number): FunctionTrace {
  const order = Uint32Array.from({ length: count }, (_, index) => index).sort(
    (one, other) => (at[one] ?? 0) - (at[other] ?? 0) || one - other,
  );
  return {
    name,
    at: Float64Array.from(order, (index) => (at[index] ?? 0) - first),
    serviceMs: Float64Array.from(order, (index) => serviceMs[index] ?? 0),
  };
}

function doubled(values: Float64Array): Float64Array {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}
