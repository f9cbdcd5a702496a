/** An instance that does nothing at the moment. */
export interface IdleInstance {
  readonly name: string;
  readonly memoryBytes: number;
  readonly isFrozen: boolean;
  readonly idleMs: number;
}

/** What memory is spent on for one function. */
export interface FunctionMemory {
  readonly name: string;
  /** Instances that serve or will: ready, frozen and starting ones. */
  readonly instances: number;
  /** So many of them are kept also without load. */
  readonly kept: number;
  /** Requests of the last minute. */
  readonly recentRequests: number;
  readonly idle: readonly IdleInstance[];
}

export interface MemoryObservations {
  readonly limitBytes: number;
  /** Of the host and its instances, without those that are ending. */
  readonly usedBytes: number;
  /** What a further instance is expected to need. */
  readonly instanceBytes: number;
  /** Whether requests wait for an instance that there was no room for. */
  readonly isStartWanted: boolean;
  /** Whether memory was tight when it was last looked at. */
  readonly wasTight: boolean;
  readonly functions: readonly FunctionMemory[];
}

export interface EvictionDecision {
  /** Names of the instances that are to go, first the one whose going costs least. */
  readonly evict: readonly string[];
  /** Whether there is room for another instance, once those are gone. */
  readonly canStart: boolean;
  /** Whether instances are started for load only. */
  readonly isTight: boolean;
}

/** Parts of the limit: memory is tight from `near` on, idle instances go down to `target`, and below `relaxed` all is well. */
const near = 0.9;
const target = 0.85;
const relaxed = 0.8;

/**
 * Decides which idle instances go when memory is short.
 *
 * Frozen ones go first; among equals those first that free much, have long been idle, and belong to functions that are
 * seldom called: bytes * idle time / (1 + requests of the last minute). What is kept without load goes only when
 * the limit is exceeded.
 *
 * With a limit of 1000 MB, 920 MB in use and idle instances of 60, 60 and 100 MB, the one of 100 MB goes: 820 MB are
 * below the target of 850 MB.
 */
export function decideEviction(seen: MemoryObservations): EvictionDecision {
  const { limitBytes, usedBytes, instanceBytes, isStartWanted } = seen;
  const isTight = usedBytes >= (seen.wasTight ? relaxed : near) * limitBytes;
  let goal = usedBytes >= near * limitBytes ? target * limitBytes : usedBytes;
  if (isStartWanted) goal = Math.min(goal, limitBytes - instanceBytes);
  const evict: string[] = [];
  let left = usedBytes;
  for (const { name, memoryBytes } of candidates(seen)) {
    if (left <= goal) break;
    evict.push(name);
    left -= memoryBytes;
  }
  return { evict, canStart: left + instanceBytes <= limitBytes, isTight };
}

interface Candidate extends IdleInstance {
  readonly benefit: number;
}

function candidates({ functions, usedBytes, limitBytes }: MemoryObservations): Candidate[] {
  const all = functions.flatMap(({ idle, instances, kept, recentRequests }) => {
    const spare = usedBytes >= limitBytes ? idle.length : Math.max(0, instances - kept);
    return idle
      .map((one): Candidate => ({ ...one, benefit: (one.memoryBytes * one.idleMs) / (1 + recentRequests) }))
      .sort(byBenefit)
      .slice(0, spare);
  });
  return all.sort(byBenefit);
}

function byBenefit(one: Candidate, other: Candidate): number {
  return Number(other.isFrozen) - Number(one.isFrozen) || other.benefit - one.benefit;
}
