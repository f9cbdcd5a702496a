import type { FunctionConfig, InstanceStart, TemplateInfo } from "@tidegate/core";
import type { InstanceGroups } from "../cgroup/instance-groups.ts";
import { HostError, type HostErrorCode } from "../errors.ts";
import { RevisionFailures } from "../failure/revision-failures.ts";
import type { PoolLauncher } from "../instance/pool-launcher.ts";
import { StartTimes } from "../instance/start-times.ts";
import { launch as launchProcess } from "../launcher/launch.ts";
import { isScarcity, launchError } from "../launcher/launch-error.ts";
import type { Launch, Launched, LaunchOptions } from "../launcher/launcher.ts";
import { whyNotForkable } from "./forkable.ts";
import { RevisionTemplate, type TemplateProcess } from "./revision-template.ts";
import { decideStart, type StartWay } from "./start-decision.ts";
import { startTemplate, whyUnavailable } from "./start-template.ts";
import type { TemplateStore } from "./template-store.ts";

/** Part of `startTimeoutMs` that a start waits for a template which loads, before it goes its own way. */
const patiencePart = 1 / 3;

export interface RevisionLauncherOptions {
  readonly function: FunctionConfig;
  readonly revision: string;
  /** Folder for the instances' sockets, known once the host started. */
  readonly runtimeDir: () => string;
  readonly publicPort: () => number;
  /** Where instances get control groups, known once the host started. Default: they get none. */
  readonly groups?: () => InstanceGroups | null;
  readonly store: TemplateStore;
  /** Told what the function's owner should know. */
  readonly onProblem: (code: HostErrorCode, message: string) => void;
  /** Whether requests wait for an instance. Default: they do not. */
  readonly isAwaited?: () => boolean;
  /** Starts to load the app of a function. Default: in a process. */
  readonly startTemplate?: (fn: FunctionConfig) => TemplateProcess;
  /** Starts a plain process. Default: by the entry of the function. */
  readonly launchProcess?: Launch;
}

/**
 * Starts the instances of one revision: forked from its template, or as processes of their own. `decideStart` has the
 * rules as a table; a fork that the system refuses becomes a process, except with `start: "fork"`, and
 * where there can be no process either.
 *
 * The template is built ahead once `prepare` was called, again after it was lost, and after an instance had to do without
 * it. What cannot be forked, or crashes only when it is forked (`RevisionFailures`), is told to the owner once.
 */
export class RevisionLauncher implements PoolLauncher {
  readonly launch: Launch = (options) => this.#launch({ ...options, groups: this.#options.groups?.() ?? null });
  readonly failures: RevisionFailures;
  readonly #options: RevisionLauncherOptions;
  readonly #template: RevisionTemplate;
  readonly #processTimes: StartTimes = new StartTimes();
  /** Why no instance of this revision can be forked, whatever its app does; null before it was asked. */
  #obstacle: { readonly reason: string | null } | null = null;
  /** Instances that load the app by themselves just now. */
  #loading = 0;
  /** Whether a plain instance was ready. */
  #processWorks = false;
  #isTold = false;
  #isClosed = false;

  constructor(options: RevisionLauncherOptions) {
    this.#options = options;
    const { revision, publicPort, groups } = options;
    // Who says "fork" wants no other.
    this.failures = new RevisionFailures(options.function.start === "auto");
    this.#template = new RevisionTemplate({
      ...options,
      start: options.startTemplate ?? ((fn) => startTemplate(fn, revision, publicPort(), groups?.() ?? null)),
      onUnfit: () => this.#tellUnfit(),
    });
  }

  get expectedMs(): number {
    const isForked = this.#template.state === "parked" && this.#isForkable;
    return isForked ? this.#template.expectedMs : this.#processTimes.expectedMs;
  }

  /** Has the template built as soon as nothing else is to be started. */
  prepare(): void {
    if (this.#isForkable) this.#template.want();
  }

  info(): TemplateInfo {
    const info = this.#template.info();
    const reason = this.#whyNot();
    return reason === null ? info : { ...info, reason };
  }

  onReady(start: InstanceStart, startMs: number): void {
    if (start === "process") {
      this.#processTimes.add(startMs);
      this.#processWorks = true;
    }
    if (this.failures.onReady(start)) return this.#abandon();
    if (start === "fork" || !this.#isForkable) return;
    // It went without a template: the next one need not.
    if (this.#template.state !== "unfit") this.#template.want();
    else if (!this.#template.retry()) this.#tellUnfit();
  }

  onFirstAnswer(pid: number): void {
    this.#template.onFirstAnswer(pid);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#template.close("its revision does not serve any more");
  }

  async #launch(options: LaunchOptions): Promise<Launched> {
    for (let hasWaited = false; ; hasWaited = true) {
      const way = this.#way(hasWaited);
      if (way === "fork") return this.#fork(options);
      if (way === "process") return this.#start(options);
      if (way === "refuse") throw this.#refusal(options);
      if (way === "build") void this.#template.build();
      await this.#settled(options.signal);
      if (this.#isClosed || options.signal?.aborted) throw new Error("it is not wanted any more");
    }
  }

  #way(hasWaited: boolean): StartWay {
    const { state } = this.#template;
    const template = state === "parked" || state === "loading" ? state : "none";
    const mode = this.#options.function.start;
    // Where there is nothing else, an app that failed by itself is loaded anew, as a plain process would be started anew.
    const isUnfit = state === "unfit" && !(mode === "fork" && this.#template.hasFailedByItself);
    return decideStart({
      mode,
      isForkable: this.#isForkable && !isUnfit,
      template,
      fits: template !== "none" || this.#template.fits,
      mayBuild: template === "none" && this.#template.mayBuild,
      isAwaited: this.#options.isAwaited?.() ?? false,
      isBeside: this.#loading > 0,
      hasWaited,
    });
  }

  async #fork(options: LaunchOptions): Promise<Launched> {
    try {
      return await this.#template.fork(options);
    } catch (error) {
      const { name, start } = this.#options.function;
      const refused = error as NodeJS.ErrnoException;
      if (start === "fork" || isScarcity(refused)) throw launchError(options.instance, name, refused);
      return this.#start(options);
    }
  }

  async #start(options: LaunchOptions): Promise<Launched> {
    const launched = await (this.#options.launchProcess ?? launchProcess)(options);
    this.#loading++;
    void Promise.race([launched.ready, launched.exited]).then(() => this.#loading--);
    return launched;
  }

  /** Resolves when it is known what came of the template, when waiting for it has been long enough, or is over. */
  async #settled(signal: AbortSignal | undefined): Promise<void> {
    const { start, startTimeoutMs } = this.#options.function;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const onAbort = (): void => resolve();
    // With "fork" there is nothing else to be done.
    const timer = start === "fork" ? null : setTimeout(onAbort, patiencePart * startTimeoutMs);
    signal?.addEventListener("abort", onAbort);
    await Promise.race([this.#template.settled(), over]);
    signal?.removeEventListener("abort", onAbort);
    if (timer !== null) clearTimeout(timer);
  }

  get #isForkable(): boolean {
    return this.#whyNot() === null;
  }

  /** Why instances are not forked, apart from what became of the template; null when they are. */
  #whyNot(): string | null {
    const { start, entry, env } = this.#options.function;
    if (start === "process") return 'its setting is "start: process"';
    if (this.failures.verdict === "abandoned") return "forked instances failed where plain processes do not";
    if (this.failures.verdict === "trial") return "forked instances fail, so the next one is a plain process";
    this.#obstacle ??= { reason: whyNotForkable(entry, { ...process.env, ...env }) ?? whyUnavailable() };
    return this.#obstacle.reason;
  }

  #refusal({ instance, onOutput }: LaunchOptions): HostError {
    for (const line of this.#template.takeLastWords()) onOutput("stderr", line);
    const { name, startTimeoutMs } = this.#options.function;
    const { state, fits, hasTimedOut } = this.#template;
    if (hasTimedOut) {
      // As of a plain process: who has waited for all of this start need not wait for another.
      const why = `its template was not at a fork point after ${startTimeoutMs} ms`;
      const message = `Cannot start instance "${instance}" of function "${name}": ${why}`;
      return new HostError("TIDEGATE_INSTANCE_START_TIMEOUT", message);
    }
    const lacksRoom = state !== "unfit" && !fits ? "there is no memory for its template" : null;
    const reason = this.#whyNot() ?? lacksRoom ?? this.#template.reason ?? "there is no template";
    return new HostError(
      "TIDEGATE_FORK_UNAVAILABLE",
      `Cannot fork instance "${instance}" of function "${name}": ${reason}${this.#placeText()}`,
    );
  }

  #abandon(): void {
    const { name } = this.#options.function;
    const { forked } = this.failures;
    const failed = forked === 1 ? "a forked instance" : `${forked} forked instances`;
    this.#options.onProblem(
      "TIDEGATE_FORK_ABANDONED",
      `Function "${name}" is not forked any more: ${failed} failed, and a plain process works`,
    );
    this.#template.drop("forked instances failed where plain processes do not");
  }

  /** Not before a plain process works: of one that fails by itself its owner is told that, and why. */
  #tellUnfit(): void {
    const { reason, state } = this.#template;
    if (this.#isTold || state !== "unfit" || !this.#processWorks) return;
    this.#isTold = true;
    const { name } = this.#options.function;
    this.#options.onProblem(
      "TIDEGATE_FORK_UNFIT",
      `Instances of function "${name}" are plain processes: ${reason}${this.#placeText()}`,
    );
  }

  #placeText(): string {
    const { place } = this.#template;
    return place === null ? "" : `, at ${place.file}:${place.line}`;
  }
}
