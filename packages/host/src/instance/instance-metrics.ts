/** What an instance uses. null each: not known (yet). */
export interface InstanceMetrics {
  /** Processor time, in processors: 0.5 is half of one. */
  readonly cpu: number | null;
  /** Resident memory of all its processes, in bytes. */
  readonly memoryBytes: number | null;
  /** How long its event loop is late, in milliseconds. Only Node instances tell. */
  readonly eventLoopDelayMs: number | null;
}

export const unknownMetrics: InstanceMetrics = { cpu: null, memoryBytes: null, eventLoopDelayMs: null };

/** Means over those that know. */
export function meanMetrics(all: Iterable<InstanceMetrics>): InstanceMetrics {
  const list = [...all];
  return {
    cpu: mean(list.map(({ cpu }) => cpu)),
    memoryBytes: mean(list.map(({ memoryBytes }) => memoryBytes)),
    eventLoopDelayMs: mean(list.map(({ eventLoopDelayMs }) => eventLoopDelayMs)),
  };
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
