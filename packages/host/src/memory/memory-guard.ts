import { getHeapStatistics } from "node:v8";
import type { HostErrorCode } from "../errors.ts";
import type { Instance } from "../instance/instance.ts";
import { decideEviction, type FunctionMemory, type TemplateMemory } from "./decide-eviction.ts";
import type { MemoryGate } from "./memory-gate.ts";
import { defaultMemoryLimit, readSystemMemory, type SystemMemory } from "./memory-limit.ts";

const intervalMs = 1_000;
const shortestIntervalMs = 100;

/** What an instance is taken to need while none was measured: that of a Node app of middle size. */
const unknownInstanceBytes = 64 * 1024 * 1024;

/** Part of its heap's limit up to which the host takes requests: V8 ends the process when it finds no room at all. */
const heapPart = 0.9;

/** Part of all memory that is to stay available on the machine. */
const reservedPart = 0.02;

/** A template from which an instance was forked within this time is in use, in milliseconds. */
const usedWithinMs = 60_000;

/** A function, as far as its memory matters. */
export interface WatchedFunction {
  readonly name: string;
  /** Instances that are kept also without load. */
  readonly kept: number;
  /** Requests so far. */
  readonly requests: number;
  readonly queued: number;
  /** All of them, draining ones too. */
  instances(): readonly Instance[];
  /** Those that do nothing now. */
  idle(): readonly Instance[];
  /** There is room for an instance again. */
  onRoom(): void;
}

/** A template, as far as its memory matters. */
export interface WatchedTemplate {
  /** Of its function. */
  readonly name: string;
  readonly bytes: number;
  /** When it was used last, on the clock of `performance.now()`. */
  readonly lastUsedAt: number;
  drop(reason: string): void;
}

export interface MemoryGuardOptions {
  /** Memory that host and instances may use together, in bytes; null: 85 % of what there is. */
  readonly limitBytes: () => number | null;
  readonly functions: () => readonly WatchedFunction[];
  /** The one worth least first. Default: none. */
  readonly templates?: () => readonly WatchedTemplate[];
  readonly onProblem: (code: HostErrorCode, message: string) => void;
  /** Default: what the system says. */
  readonly readSystem?: () => SystemMemory;
}

/**
 * Keeps host and instances within their memory: near the limit idle instances go, at the limit none is started, and
 * when the host's own heap is nearly full no request is taken.
 */
export class MemoryGuard implements MemoryGate {
  canStart = true;
  isTight = false;
  canServe = true;
  readonly #options: MemoryGuardOptions;
  readonly #requests: RecentRequests = new RecentRequests();
  #timer: NodeJS.Timeout | null = null;
  #isStartWanted = false;
  /** Memory of the host itself, when it could be read last. */
  #ownBytes = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Whether templates were told to go when memory was looked at last. */
  #isDropping = false;
  /** As memory was looked at last; null before. */
  #last: { readonly limitBytes: number; readonly usedBytes: number } | null = null;

  constructor(options: MemoryGuardOptions) {
    this.#options = options;
  }

  /** Memory that host and instances may use together, in bytes. */
  get limitBytes(): number {
    return this.#last?.limitBytes ?? this.#options.limitBytes() ?? defaultMemoryLimit(this.#readSystem());
  }

  /** Part of the limit that is in use, as memory was looked at last; 0 before. */
  get usedPart(): number {
    return this.#last === null ? 0 : this.#last.usedBytes / this.#last.limitBytes;
  }

  start(): void {
    this.look();
    this.#timer ??= setInterval(() => this.look(), intervalMs).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  makeRoom(): boolean {
    this.#isStartWanted = true;
    // Thousands may ask at once.
    if (performance.now() - this.#lookedAt > shortestIntervalMs) this.look();
    return this.canStart || this.#isLeaving();
  }

  /** Looks at memory, and does what is to be done about it. */
  look(): void {
    const now = performance.now();
    this.#lookedAt = now;
    const functions = this.#options.functions();
    this.#requests.update(functions, now);
    const heap = getHeapStatistics();
    this.canServe = heap.used_heap_size < heapPart * heap.heap_size_limit;
    const templates = this.#options.templates?.() ?? [];
    const { limitBytes, usedBytes, leavingBytes } = this.#use(functions, templates);
    this.#last = { limitBytes, usedBytes };
    const { isTight: wasTight, canStart: couldStart } = this;
    const isStartWanted = this.#isStartWanted || functions.some(({ queued }) => queued > 0 && !couldStart);
    this.#isStartWanted = false;
    const instanceBytes = typicalBytes(functions);
    const queued = new Set(functions.filter((fn) => fn.queued > 0).map(({ name }) => name));
    const described = new Map<TemplateMemory, WatchedTemplate>(
      templates.map((template) => {
        const isUsed = queued.has(template.name) || now - template.lastUsedAt < usedWithinMs;
        return [{ bytes: template.bytes, isUsed }, template];
      }),
    );
    const decision = decideEviction({
      limitBytes,
      usedBytes: usedBytes - leavingBytes,
      instanceBytes,
      isStartWanted,
      wasTight,
      functions: functions.map((fn) => this.#describe(fn, now)),
      templates: [...described.keys()],
    });
    this.isTight = decision.isTight;
    // What is evicted is in use until its process is gone.
    this.canStart = usedBytes + instanceBytes <= limitBytes;
    this.#isDropping = decision.drop.length > 0;
    for (const template of decision.drop) described.get(template)?.drop("memory is short");
    this.#evict(functions, new Set(decision.evict));
    if (this.isTight && !wasTight) this.#tell(usedBytes, limitBytes);
    const isRoomy = this.canStart && !this.isTight && (!couldStart || wasTight);
    for (const fn of functions) {
      if (fn.queued > 0 ? this.canStart && !couldStart : isRoomy && fn.kept > 0) fn.onRoom();
    }
  }

  /**
   * What host and instances use, those included that are ending; or what the machine lacks, as if that were ours, where
   * it has less left than the limit has.
   */
  #use(
    functions: readonly WatchedFunction[],
    templates: readonly WatchedTemplate[],
  ): { limitBytes: number; usedBytes: number; leavingBytes: number } {
    const system = this.#readSystem();
    const limitBytes = this.#options.limitBytes() ?? defaultMemoryLimit(system);
    this.#ownBytes = residentBytes() ?? this.#ownBytes;
    let usedBytes = this.#ownBytes;
    let leavingBytes = 0;
    const typical = typicalBytes(functions);
    for (const { bytes } of templates) usedBytes += bytes;
    for (const fn of functions) {
      for (const { state, ownBytes } of fn.instances()) {
        usedBytes += ownBytes ?? (state === "draining" ? 0 : typical);
        if (state === "draining") leavingBytes += ownBytes ?? 0;
      }
    }
    const { totalBytes, availableBytes } = system;
    if (availableBytes === null) return { limitBytes, usedBytes, leavingBytes };
    // Pages that processes share, above all the program `node` itself, count for each of them: of hundreds of small instances
    // that is half. All of us use no more than is in use at all.
    usedBytes = Math.min(usedBytes, totalBytes - availableBytes);
    usedBytes = Math.max(usedBytes, limitBytes - (availableBytes - reservedPart * totalBytes));
    return { limitBytes, usedBytes, leavingBytes };
  }

  #readSystem(): SystemMemory {
    return (this.#options.readSystem ?? readSystemMemory)();
  }

  #describe(fn: WatchedFunction, now: number): FunctionMemory {
    const idle = fn.idle();
    return {
      name: fn.name,
      instances: fn.instances().filter(({ state }) => state !== "draining").length,
      kept: fn.kept,
      recentRequests: this.#requests.of(fn),
      idle: idle.map(({ name, ownBytes, state, lastUsedAt }) => ({
        name,
        memoryBytes: ownBytes ?? unknownInstanceBytes,
        isFrozen: state === "frozen",
        idleMs: now - lastUsedAt,
      })),
    };
  }

  #evict(functions: readonly WatchedFunction[], names: ReadonlySet<string>): void {
    if (names.size === 0) return;
    for (const fn of functions) {
      for (const instance of fn.idle()) if (names.has(instance.name)) void instance.drain("memory is short");
    }
  }

  #isLeaving(): boolean {
    if (this.#isDropping) return true;
    return this.#options.functions().some((fn) => fn.instances().some(({ state }) => state === "draining"));
  }

  #tell(usedBytes: number, limitBytes: number): void {
    const used = Math.round(usedBytes / 2 ** 20);
    const limit = Math.round(limitBytes / 2 ** 20);
    const message = `Memory is short: ${used} of ${limit} MiB are in use; idle instances are stopped`;
    this.#options.onProblem("TIDEGATE_MEMORY_PRESSURE", message);
  }
}

/** Mean size of the instances that were measured. */
function typicalBytes(functions: readonly WatchedFunction[]): number {
  let sum = 0;
  let count = 0;
  for (const fn of functions) {
    for (const { ownBytes } of fn.instances()) {
      if (ownBytes === null) continue;
      sum += ownBytes;
      count++;
    }
  }
  return count === 0 ? unknownInstanceBytes : sum / count;
}

/** How many requests functions had in the last minute or two, from how many they had so far. */
class RecentRequests {
  #older: ReadonlyMap<string, number> = new Map();
  #newer: ReadonlyMap<string, number> = new Map();
  #since = performance.now();

  update(functions: readonly WatchedFunction[], now: number): void {
    if (now - this.#since < 60_000) return;
    this.#since = now;
    this.#older = this.#newer;
    this.#newer = new Map(functions.map(({ name, requests }) => [name, requests]));
  }

  of({ name, requests }: WatchedFunction): number {
    return requests - (this.#older.get(name) ?? 0);
  }
}

/** Null where it cannot be read: with no file descriptor left (EMFILE) Node throws. */
function residentBytes(): number | null {
  try {
    return process.memoryUsage.rss();
  } catch {
    return null;
  }
}
