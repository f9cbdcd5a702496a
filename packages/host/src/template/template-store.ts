import { hostPermits, type StartPermits } from "../instance/start-permits.ts";
import type { WatchedTemplate } from "../memory/memory-guard.ts";
import { GreedyDual, type Worth } from "./greedy-dual.ts";

/** Nothing used within this time has to go for what is only built ahead, in milliseconds. */
const protectedMs = 60_000;
/** A template not used for so long gives memory back, in milliseconds. */
const unusedMs = 60_000;
const tickMs = 1_000;
/** An app that takes longer to load waits for something: the next one is begun meanwhile, in milliseconds. */
const patienceMs = 5_000;
/** The memory of each is looked at this often at most, in ticks: for that the kernel walks all page tables of a process. */
const measureTicks = 10;

/** What a template is taken to be worth before it was built once: that of an app of middle size. */
const unknownWorth: Worth = { savedMs: 100, bytes: 48 * 2 ** 20 };

/** A revision's template, as far as its memory matters: a `RevisionLauncher`. */
export interface StoredTemplate {
  /** Of the function. */
  readonly name: string;
  /** When an instance was forked from it last, or it came, on the clock of `performance.now()`. */
  readonly lastUsedAt: number;
  /** Loads the app. Resolves when it is known what came of it. */
  build(): Promise<void>;
  /** What keeping it is worth, as far as is known; null before it was built once. */
  worth(): Worth | null;
  /** Looks how much memory it has. Resolves with it in bytes; with null when it is not known. */
  measure(): Promise<number | null>;
  reclaim(): void;
  /** Ends it, or says why it is not built; its instances live on. */
  drop(reason: string): void;
}

export interface TemplateStoreOptions {
  /** What builds ahead wait for. Default: those of all starts of this process. */
  readonly permits?: StartPermits;
  /** Memory that all templates may have together, in bytes. Default: any. */
  readonly budgetBytes?: () => number;
  /** Whether there is memory for a further template. Default: there is. */
  readonly hasMemory?: () => boolean;
  /** Whether memory is scarce enough that what is not used gives some back. Default: it is not. */
  readonly isScarce?: () => boolean;
}

/**
 * The templates of a host. Builds them ahead, one after another and only while nothing starts for requests; keeps them
 * within their memory: when they exceed it those go that are worth least (`GreedyDual`); has unused ones give memory back.
 */
export class TemplateStore {
  readonly #options: TemplateStoreOptions;
  readonly #permits: StartPermits;
  readonly #kept: GreedyDual<StoredTemplate> = new GreedyDual();
  /** To be built ahead, in this order. */
  readonly #wanted: Set<StoredTemplate> = new Set();
  /** Those that gave memory back and were not used since. */
  readonly #reclaimed: WeakSet<StoredTemplate> = new WeakSet();
  #waiting: AbortController | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looks = 0;

  constructor(options: TemplateStoreOptions = {}) {
    this.#options = options;
    this.#permits = options.permits ?? hostPermits;
  }

  /** Memory of all parked templates, in bytes. */
  get bytes(): number {
    return this.#kept.bytes;
  }

  /** Has the template built when nothing else is to be started, if there is memory for it then. */
  want(template: StoredTemplate): void {
    this.#wanted.add(template);
    void this.#buildAhead();
  }

  /** It need not be built any more. */
  unwant(template: StoredTemplate): void {
    this.#wanted.delete(template);
    if (this.#wanted.size === 0) this.#waiting?.abort();
  }

  /** Whether there is memory for this template now: what it needs `fits`, and memory is not short. */
  hasRoomFor(template: StoredTemplate): boolean {
    return this.#options.hasMemory?.() !== false && this.fits(template);
  }

  /**
   * Whether what templates may use together has room for this one: in what the others leave, or in place of such as are worth
   * less and have not been used for a minute, or of an older revision, which goes anyway. One that was never built is taken to
   * be of middle size.
   */
  fits(template: StoredTemplate): boolean {
    const worth = template.worth();
    if (worth !== null) return this.bytes - this.#spared(template, worth) + worth.bytes <= this.#budget;
    return this.bytes - this.#spared(template, unknownWorth) < this.#budget;
  }

  /** It is there. Others, or it itself, go when that is too much. */
  onParked(template: StoredTemplate, worth: Worth): void {
    this.#wanted.delete(template);
    this.#kept.use(template, worth);
    this.#timer ??= setInterval(() => this.#look(), tickMs).unref();
    const older = this.bytes > this.#budget ? this.#kept.ranked().filter((each) => isOlder(each, template)) : [];
    for (const each of older) each.drop("a newer revision has one");
    this.#fit();
    void this.#measure(template);
  }

  /** An instance was forked from it. */
  onUsed(template: StoredTemplate, worth: Worth): void {
    if (!this.#kept.has(template)) return;
    this.#reclaimed.delete(template);
    this.#kept.use(template, worth);
  }

  /** It is gone, or not wanted any more. */
  remove(template: StoredTemplate): void {
    this.unwant(template);
    this.#kept.delete(template);
    if (this.#kept.ranked().length > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Those parked, the one worth least first, with the memory they have. */
  parked(): WatchedTemplate[] {
    return this.#kept.ranked().map((template) => ({
      name: template.name,
      bytes: this.#kept.bytesOf(template),
      lastUsedAt: template.lastUsedAt,
      drop: (reason) => template.drop(reason),
    }));
  }

  get #budget(): number {
    return this.#options.budgetBytes?.() ?? Number.POSITIVE_INFINITY;
  }

  /** Memory of those that may go for one of this worth. */
  #spared(template: StoredTemplate, worth: Worth): number {
    const since = performance.now() - protectedMs;
    const spare = new Set(this.#kept.below(worth).filter(({ lastUsedAt }) => lastUsedAt < since));
    for (const each of this.#kept.ranked()) if (isOlder(each, template)) spare.add(each);
    let bytes = 0;
    for (const each of spare) bytes += this.#kept.bytesOf(each);
    return bytes;
  }

  async #buildAhead(): Promise<void> {
    if (this.#waiting !== null) return;
    while (this.#wanted.size > 0) {
      this.#waiting = new AbortController();
      const release = await this.#permits.acquireIdle(this.#waiting.signal);
      const [next] = this.#wanted;
      if (release !== null && next !== undefined) {
        this.#wanted.delete(next);
        if (this.hasRoomFor(next)) await Promise.race([next.build(), pause(patienceMs)]);
        else next.drop("there is no memory for it");
      }
      release?.();
    }
    this.#waiting = null;
  }

  #fit(): void {
    const budget = this.#budget;
    while (this.bytes > budget) {
      const least = this.#kept.shift();
      if (least === null) return;
      least.drop(`templates may use ${Math.round(budget / 2 ** 20)} MiB together, and others are worth more`);
    }
  }

  #look(): void {
    const all = this.#kept.ranked();
    const since = performance.now() - unusedMs;
    const isScarce = this.#options.isScarce?.() === true;
    for (const template of all) {
      if (!isScarce || template.lastUsedAt > since || this.#reclaimed.has(template)) continue;
      this.#reclaimed.add(template);
      template.reclaim();
    }
    const next = all[this.#looks++ % Math.max(measureTicks, all.length)];
    if (next !== undefined) void this.#measure(next);
    this.#fit();
  }

  async #measure(template: StoredTemplate): Promise<void> {
    const bytes = await template.measure();
    // It may be gone by now.
    if (bytes === null || !this.#kept.has(template)) return;
    this.#kept.resize(template, bytes);
    this.#fit();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/** Whether it is that of another revision of the same function: there are two only while the newer one is about to serve. */
function isOlder(each: StoredTemplate, template: StoredTemplate): boolean {
  return each !== template && each.name === template.name;
}
