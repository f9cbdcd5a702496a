import type { Refusal } from "../activator/waiter.ts";
import type { HostError, HostErrorCode } from "../errors.ts";
import type { HostEvent } from "../host-options.ts";
import { CrashBackoff } from "./crash-backoff.ts";
import type { Instance } from "./instance.ts";
import { tellingWords } from "./telling-words.ts";

/** What goes wrong with the instances of one revision: paces starts, and tells clients and owner why there is none. */
export class PoolTrouble {
  readonly #functionName: string;
  readonly #onEvent: (event: HostEvent) => void;
  readonly #backoff: CrashBackoff = new CrashBackoff();
  readonly #reported: WeakSet<Instance> = new WeakSet();
  /** Why the last start failed; null when none did since an instance was ready. */
  #startError: HostError | null = null;

  constructor(functionName: string, onEvent: (event: HostEvent) => void) {
    this.#functionName = functionName;
    this.#onEvent = onEvent;
  }

  /** When a start may be tried again after failures; 0 without any. */
  get retryAt(): number {
    return this.#backoff.retryAt;
  }

  get isLooping(): boolean {
    return this.#backoff.isLooping;
  }

  /** What requests are told while instances fail in a loop. */
  loopRefusal(now: number): Refusal {
    const refusal = this.#isRefused ? this.startRefusal(now) : null;
    if (refusal !== null) return refusal;
    const message = `Cannot serve the request: instances of function "${this.#functionName}" failed ${this.#backoff.failures} times in a row`;
    return { code: "TIDEGATE_CRASH_LOOP", message, retryAfterSeconds: this.#secondsToRetry(now) };
  }

  /** What requests are told that waited in vain, when starts fail. */
  startRefusal(now: number): Refusal | null {
    const error = this.#startError;
    if (error === null) return null;
    return { code: error.code, message: error.message, retryAfterSeconds: this.#secondsToRetry(now) };
  }

  onReady(): void {
    this.#startError = null;
  }

  /** An invocation has been finished: instances of this revision work. */
  onFinished(): void {
    if (this.#backoff.failures > 0) this.#backoff.succeed();
  }

  onStartError(error: HostError): void {
    this.#startError = error;
  }

  /**
   * An instance failed that finished nothing. The next start has to wait.
   * @param message what the owner is told, or resolves with it
   */
  async onFailure(instance: Instance, code: HostErrorCode, message: string | Promise<string>): Promise<void> {
    const pauseMs = this.#backoff.fail(performance.now());
    const { failures, isLooping } = this.#backoff;
    this.reportOnce(instance, code, typeof message === "string" ? message : await message);
    if (!isLooping || this.#isRefused) return;
    this.#problem(
      "TIDEGATE_CRASH_LOOP",
      `Instances of function "${this.#functionName}" failed ${failures} times in a row: the next start is in ${pauseMs} ms`,
    );
  }

  /** An instance failed, which says nothing about those that are started from now on. */
  async onExcused(instance: Instance, code: HostErrorCode, message: string | Promise<string>): Promise<void> {
    this.#backoff.succeed();
    this.reportOnce(instance, code, typeof message === "string" ? message : await message);
  }

  /** Tells the owner of an instance that does not work, with what it said last; the first fault found tells most. */
  reportOnce(instance: Instance, code: HostErrorCode, message: string): void {
    if (this.#reported.has(instance)) return;
    this.#reported.add(instance);
    // There was nothing that could have said anything.
    if (instance.pid === null) return this.#problem(code, message);
    const words = tellingWords(instance.lastWords());
    const quoted = words.length === 0 ? "it wrote nothing" : `its last words:\n${words.join("\n")}`;
    this.#problem(code, `${message}; ${quoted}`);
  }

  /** Whether no instance was even tried, since none may be but by a fork: that is no crash. */
  get #isRefused(): boolean {
    return this.#startError?.code === "TIDEGATE_FORK_UNAVAILABLE";
  }

  #problem(code: HostErrorCode, message: string): void {
    this.#onEvent({ type: "problem", code, function: this.#functionName, message });
  }

  #secondsToRetry(now: number): number {
    return Math.max(1, Math.ceil((this.#backoff.retryAt - now) / 1000));
  }
}
