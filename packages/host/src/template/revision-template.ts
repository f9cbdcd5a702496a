import type { CodePlace, ForkPoint, FunctionConfig, TemplateInfo, TemplateState, WarmUpResult } from "@tidegate/core";
import { StartTimes } from "../instance/start-times.ts";
import type { Launched, LaunchOptions } from "../launcher/launcher.ts";
import type { Worth } from "./greedy-dual.ts";
import type { Loaded } from "./loaded.ts";
import type { Template } from "./template.ts";
import { TemplateRebuild } from "./template-rebuild.ts";
import type { StoredTemplate, TemplateStore } from "./template-store.ts";

/** What a fork is taken to last before one was seen, in milliseconds. */
const unknownForkMs = 10;
/** What Node needs before it runs the first line of an app, in milliseconds: a fork saves that, too. */
const nodeStartMs = 35;
/** What a template is taken to keep while that is not known. */
const unknownBytes = 48 * 2 ** 20;
/** So often an app that failed by itself is loaded again, once instances of it work. */
const mostRetries = 2;

/** A template's process, as far as it is used here. */
export type TemplateProcess = Pick<
  Template,
  "pid" | "loaded" | "ended" | "fork" | "learn" | "memoryBytes" | "reclaim" | "stop"
>;

export interface RevisionTemplateOptions {
  readonly function: FunctionConfig;
  readonly revision: string;
  readonly store: TemplateStore;
  /** Starts to load the app of a function. */
  readonly start: (fn: FunctionConfig) => TemplateProcess;
  /** Told when the app turned out to be one that cannot be forked. */
  readonly onUnfit: () => void;
}

/** The template of one revision, from the first try to build it to its last: there may be several processes, one at a time. */
export class RevisionTemplate implements StoredTemplate {
  readonly name: string;
  lastUsedAt: number = performance.now();
  readonly #options: RevisionTemplateOptions;
  readonly #rebuild: TemplateRebuild = new TemplateRebuild();
  readonly #forkTimes: StartTimes = new StartTimes(unknownForkMs);
  #state: TemplateState = "none";
  #reason: string | null = "it was not built yet";
  #place: CodePlace | null = null;
  #process: TemplateProcess | null = null;
  #point: ForkPoint | null = null;
  #bytes: number | null = null;
  #forks = 0;
  #parkedAt = 0;
  #building: Promise<void> | null = null;
  #isOwnFault = false;
  #isTimeout = false;
  /** What the app wrote last when it failed by itself, until somebody was told. */
  #lastWords: readonly string[] = [];
  #retries = 0;
  /** Instances forked from its process of now: the first of them that answers shows what they touch. Null when one has. */
  #teachers: Set<number> | null = new Set();
  #isClosed = false;

  constructor(options: RevisionTemplateOptions) {
    this.#options = options;
    this.name = options.function.name;
  }

  get state(): TemplateState {
    return this.#state;
  }

  /** Why there is none. */
  get reason(): string | null {
    return this.#reason;
  }

  /** The place in the app's code that the reason is about. */
  get place(): CodePlace | null {
    return this.#place;
  }

  /** Expected time from the order of an instance to ready, in milliseconds. */
  get expectedMs(): number {
    return this.#forkTimes.expectedMs;
  }

  /** Whether one would be kept: what templates may use together has room for it. */
  get fits(): boolean {
    return this.#options.store.fits(this);
  }

  /** Whether the app failed while it was loaded, as it would in a plain process: another time it may work. */
  get hasFailedByItself(): boolean {
    return this.#state === "unfit" && this.#isOwnFault;
  }

  /** Whether it was not at a fork point in time. */
  get hasTimedOut(): boolean {
    return this.#state === "unfit" && this.#isTimeout;
  }

  /** The last lines the app wrote when it failed by itself, oldest first; each time only once. */
  takeLastWords(): readonly string[] {
    const words = this.#lastWords;
    this.#lastWords = [];
    return words;
  }

  /** Whether one may be begun now. */
  get mayBuild(): boolean {
    return this.#rebuild.isDue && this.#options.store.hasRoomFor(this);
  }

  info(): TemplateInfo {
    const { function: fn, revision } = this.#options;
    const forkMs = this.#forkTimes.medianMs;
    const loadMs = this.#point?.loadMs ?? null;
    const isThere = this.#process !== null;
    return {
      function: fn.name,
      revision,
      state: this.#state,
      reason: this.#reason,
      place: this.#place,
      pid: this.#process?.pid ?? null,
      point: this.#point,
      memoryBytes: isThere ? this.#bytes : null,
      forks: this.#forks,
      forkMs,
      sharedLoad: forkMs === null || loadMs === null ? null : loadMs / (loadMs + forkMs),
    };
  }

  /** Has it built when nothing else is to be started; nothing where it is there, or cannot be. */
  want(): void {
    if (this.#isClosed || this.#process !== null || this.#rebuild.isSet || this.#state === "unfit") return;
    if (this.#rebuild.isDue) this.#options.store.want(this);
  }

  build(): Promise<void> {
    if (this.#isClosed || this.#state === "parked") return Promise.resolve();
    this.#building ??= this.#build().finally(() => {
      this.#building = null;
    });
    return this.#building;
  }

  /** Resolves when it is known what came of the template that loads; at once when none does. */
  async settled(): Promise<void> {
    await this.#building;
  }

  /** @throws a system error when the fork is refused, or the template is gone */
  async fork(options: LaunchOptions): Promise<Launched> {
    if (this.#process === null) throw new Error(`there is no template: ${this.#reason}`);
    const at = performance.now();
    this.lastUsedAt = at;
    const launched = await this.#process.fork(options);
    this.#forks++;
    if (launched.pid !== null) this.#teachers?.add(launched.pid);
    this.#options.store.onUsed(this, this.#worth(this.#point));
    void launched.ready.then(() => this.#forkTimes.add(performance.now() - at));
    return launched;
  }

  /** A forked instance has answered its first request: the next ones get the memory that took ahead. */
  onFirstAnswer(pid: number): void {
    // One that a process before this has forked has its pages elsewhere.
    if (this.#teachers?.has(pid) !== true) return;
    this.#teachers = null;
    this.#process?.learn(pid);
  }

  /** A plain process of the app works: what failed by itself before may work, too. Returns whether it is tried again. */
  retry(): boolean {
    if (!this.hasFailedByItself || this.#retries === mostRetries) return false;
    this.#retries++;
    this.#state = "none";
    this.want();
    return true;
  }

  worth(): Worth | null {
    return this.#point === null ? null : this.#worth(this.#point);
  }

  async measure(): Promise<number | null> {
    this.#bytes = (await this.#process?.memoryBytes()) ?? this.#bytes;
    return this.#bytes;
  }

  reclaim(): void {
    this.#process?.reclaim();
  }

  drop(reason: string): void {
    this.#reason = reason;
    this.#options.store.unwant(this);
    this.#rebuild.cancel();
    if (this.#process === null) return;
    this.#state = "dropped";
    void this.#end();
  }

  /** There is none from now on. Resolves when nothing is left of it. */
  async close(reason: string): Promise<void> {
    this.#isClosed = true;
    this.#rebuild.cancel();
    this.#options.store.unwant(this);
    this.#state = "none";
    this.#reason = reason;
    await this.#end();
  }

  async #end(): Promise<void> {
    const process = this.#process;
    this.#process = null;
    this.#options.store.remove(this);
    await process?.stop();
  }

  /** Loads the app; when one of the warm-up requests cannot be answered in a template, again without that and those after it. */
  async #build(): Promise<void> {
    const { warmUp } = this.#options.function;
    this.#options.store.unwant(this);
    this.#rebuild.cancel();
    this.#state = "loading";
    this.#reason = null;
    this.#place = null;
    this.#lastWords = [];
    let requests = warmUp;
    let cut: Partial<WarmUpResult> | null = null;
    for (;;) {
      const process = this.#start(requests);
      const outcome = await process.loaded;
      if (this.#process !== process) return;
      if (outcome.kind === "unfit" && outcome.warmUp !== null && outcome.warmUp.index < requests.length) {
        requests = requests.slice(0, outcome.warmUp.index);
        cut = { leftOut: outcome.warmUp.reason, ...(outcome.place !== null && { place: outcome.place }) };
        await process.stop();
        // It may have been dropped meanwhile.
        if (this.#process !== process) return;
        continue;
      }
      return this.#onOutcome(outcome, cut);
    }
  }

  #start(warmUp: readonly string[]): TemplateProcess {
    const { function: fn, start } = this.#options;
    const process = start({ ...fn, warmUp });
    this.#process = process;
    this.#teachers = new Set();
    void process.ended.then(() => {
      if (this.#process === process && this.#state === "parked") this.#onLost("its process ended");
    });
    return process;
  }

  #onOutcome(outcome: Loaded, cut: Partial<WarmUpResult> | null): void {
    if (outcome.kind === "lost") return this.#onLost(outcome.reason);
    if (outcome.kind === "unfit") {
      this.#state = "unfit";
      this.#reason = outcome.reason;
      this.#place = outcome.place;
      this.#isOwnFault = outcome.isOwnFault;
      this.#isTimeout = outcome.isTimeout;
      this.#lastWords = outcome.lastWords;
      void this.#end();
      return this.#options.onUnfit();
    }
    const { point } = outcome;
    const { warmUp } = this.#options.function;
    this.#point = cut === null ? point : { ...point, warmUp: { ...point.warmUp, ...cut, asked: warmUp.length } };
    this.#state = "parked";
    this.#parkedAt = performance.now();
    this.lastUsedAt = this.#parkedAt;
    this.#options.store.onParked(this, this.#worth(this.#point));
  }

  /** Its process is gone, and nobody wanted that: there is another one in a moment, later each time it happens again. */
  #onLost(reason: string): void {
    const livedMs = this.#state === "parked" ? performance.now() - this.#parkedAt : 0;
    this.#state = "none";
    this.#reason = reason;
    void this.#end();
    if (this.#isClosed) return;
    this.#rebuild.set(livedMs, () => {
      if (this.#process === null) this.#options.store.want(this);
    });
  }

  #worth(point: ForkPoint | null): Worth {
    return { savedMs: nodeStartMs + (point?.loadMs ?? 0), bytes: this.#bytes ?? unknownBytes };
  }
}
