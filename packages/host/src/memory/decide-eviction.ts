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

/** A template: what it keeps is free again when it goes, what it shares with instances is not. */
export interface TemplateMemory {
  readonly bytes: number;
  /** Whether instances are forked from it these days, or wanted now. */
  readonly isUsed: boolean;
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
  /** The one worth least first. */
  readonly templates: readonly TemplateMemory[];
}

export interface EvictionDecision {
  /** Templates that are to go. */
  readonly drop: readonly TemplateMemory[];
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
 * Decides what goes when memory is short: first templates that are not used, then idle instances, and only when the limit is
 * exceeded templates that are.
 *
 * A template without use is a bet on a start to come, and loses nothing that could not be had again. One in use is the last to
 * give up: with it an instance takes a few MB, without it the memory of a whole process.
 *
 * Of instances frozen ones go first; among equals those first that free much, have long been idle, and belong to functions that are
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
  const drop: TemplateMemory[] = [];
  let left = usedBytes;
  const dropAll = (isUsed: boolean): void => {
    for (const template of seen.templates) {
      if (left <= goal) return;
      if (template.isUsed !== isUsed) continue;
      drop.push(template);
      left -= template.bytes;
    }
  };
  dropAll(false);
  for (const { name, memoryBytes } of candidates(seen)) {
    if (left <= goal) break;
    evict.push(name);
    left -= memoryBytes;
  }
  if (left >= limitBytes) dropAll(true);
  return { drop, evict, canStart: left + instanceBytes <= limitBytes, isTight };
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
