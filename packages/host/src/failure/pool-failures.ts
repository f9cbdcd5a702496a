import type { Refusal } from "../activator/waiter.ts";
import type { HostError, HostErrorCode } from "../errors.ts";
import type { HostEvent } from "../host-options.ts";
import type { Instance } from "../instance/instance.ts";
import { describeExit } from "../instance/start-failure.ts";
import { tellingWords } from "../instance/telling-words.ts";
import { type InstanceFailure, type RevisionFailures, wasTakenAway } from "./revision-failures.ts";

/** Refusals of the same kind are told this far apart, in milliseconds. */
const retellMs = 60_000;

export interface PoolFailuresOptions {
  readonly functionName: string;
  /** What failures mean, and all that is counted of them. */
  readonly failures: RevisionFailures;
  readonly onEvent: (event: HostEvent) => void;
  /** Whether the pool ends its instances: then none of them fails any more. */
  readonly isClosed: () => boolean;
  /**
   * A failure is judged, and what follows from it is known.
   * @param startedAt when the instance was started that was not ready in time; null for any other failure
   */
  readonly onJudged: (startedAt: number | null) => void;
}

/** The failures of a pool's instances: has `RevisionFailures` judge each, and tells clients and owner of it. */
export class PoolFailures {
  readonly #options: PoolFailuresOptions;
  readonly #reported: WeakSet<Instance> = new WeakSet();
  /** What the last refusal was about that the owner was told of, and when; null before. */
  #refusalTold: { readonly cause: string; readonly at: number } | null = null;
  /** Why the last start failed; null when none did since an instance was ready. */
  #startError: HostError | null = null;

  constructor(options: PoolFailuresOptions) {
    this.#options = options;
  }

  /** What requests are told while instances fail in a loop; null while they do not, and when the next start is due. */
  loopRefusal(now: number): Refusal | null {
    const { functionName, failures } = this.#options;
    if (!failures.isLooping || now >= failures.retryAt) return null;
    const refusal = this.#isRefused || !failures.isCrashLoop ? this.startRefusal(now) : null;
    if (refusal !== null) return refusal;
    const message = `Cannot serve the request: instances of function "${functionName}" failed ${failures.inRow} times in a row`;
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

  /** An instance did not get ready. Resolves with whether the same start should be tried again at once. */
  async isWorthAnother(instance: Instance, error: HostError): Promise<boolean> {
    return wasTakenAway(await failureOf(instance, error.code));
  }

  /** An instance did not get ready, and its start is over. Resolves with the error when all is told. */
  async onStartFailed(instance: Instance, error: HostError): Promise<HostError> {
    this.#startError = error;
    await this.#onFailed(instance, error.code, error.message);
    return error;
  }

  /** An instance that was ready is gone, and nobody wanted that. Told when all of its last words are read. */
  async onLost(instance: Instance, reason: string): Promise<void> {
    const { functionName, onJudged } = this.#options;
    const told = instance.exited.then((exit) => {
      const how = exit === null ? reason : describeExit(exit);
      return `Instance "${instance.name}" of function "${functionName}" failed: ${how}`;
    });
    if (instance.finished === 0) return this.#onFailed(instance, "TIDEGATE_INSTANCE_LOST", told);
    void this.#judge(instance, "TIDEGATE_INSTANCE_LOST");
    onJudged(null);
    this.reportOnce(instance, "TIDEGATE_INSTANCE_LOST", await told);
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

  async #onFailed(instance: Instance, code: HostErrorCode, message: string | Promise<string>): Promise<void> {
    const pauseMs = await this.#judge(instance, code);
    if (this.#options.isClosed()) return;
    void this.#tell(instance, code, message, pauseMs);
    this.#options.onJudged(code === "TIDEGATE_INSTANCE_START_TIMEOUT" && pauseMs !== null ? instance.startedAt : null);
  }

  /** Resolves with the pause before the next start; with null when that is due at once. */
  async #judge(instance: Instance, code: HostErrorCode): Promise<number | null> {
    const failure = await failureOf(instance, code);
    return this.#options.isClosed() ? null : this.#options.failures.onFailed(failure, performance.now());
  }

  /** Tells the owner of a failure, and of the crash loop that it is a part of. */
  async #tell(
    instance: Instance,
    code: HostErrorCode,
    message: string | Promise<string>,
    pauseMs: number | null,
  ): Promise<void> {
    const { functionName, failures } = this.#options;
    const { inRow, isCrashLoop } = failures;
    const cause = this.#startError?.cause as NodeJS.ErrnoException | undefined;
    if (this.#isToldAlready(code, cause?.code ?? code)) return;
    this.reportOnce(instance, code, typeof message === "string" ? message : await message);
    if (!isCrashLoop || pauseMs === null || this.#isRefused) return;
    this.#problem(
      "TIDEGATE_CRASH_LOOP",
      `Instances of function "${functionName}" failed ${inRow} times in a row: the next start is in ${pauseMs} ms`,
    );
  }

  /** Whether the last start got no process: that is no crash. */
  get #isRefused(): boolean {
    return this.#startError !== null && isRefusal(this.#startError.code);
  }

  /** Whether the owner knows already: a system that has nothing left refuses start after start. */
  #isToldAlready(code: HostErrorCode, cause: string): boolean {
    if (!isRefusal(code)) return false;
    const now = performance.now();
    if (this.#refusalTold?.cause === cause && now - this.#refusalTold.at < retellMs) return true;
    this.#refusalTold = { cause, at: now };
    return false;
  }

  #problem(code: HostErrorCode, message: string): void {
    this.#options.onEvent({ type: "problem", code, function: this.#options.functionName, message });
  }

  #secondsToRetry(now: number): number {
    return Math.max(1, Math.ceil((this.#options.failures.retryAt - now) / 1000));
  }
}

async function failureOf(instance: Instance, code: HostErrorCode): Promise<InstanceFailure> {
  const hasWorked = instance.finished > 0;
  const exit = await instance.ended;
  return {
    start: instance.kind,
    wasReady: code === "TIDEGATE_INSTANCE_LOST",
    hasWorked,
    isTimeout: code === "TIDEGATE_INSTANCE_START_TIMEOUT",
    hadProcess: exit !== null && exit.cause === null,
    signal: exit?.signal ?? null,
  };
}

/** Whether an instance that did not start for this reason had no process: none was to be had, or none may be but by a fork. */
function isRefusal(code: HostErrorCode): boolean {
  return code === "TIDEGATE_INSTANCE_LAUNCH_FAILED" || code === "TIDEGATE_FORK_UNAVAILABLE";
}
