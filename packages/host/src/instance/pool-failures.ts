import type { HostError, HostErrorCode } from "../errors.ts";
import type { Instance } from "./instance.ts";
import type { PoolLauncher } from "./pool-launcher.ts";
import type { PoolTrouble } from "./pool-trouble.ts";
import { describeExit } from "./start-failure.ts";

export interface PoolFailuresOptions {
  readonly functionName: string;
  readonly launcher: PoolLauncher;
  readonly trouble: PoolTrouble;
  /** Whether the pool ends its instances: then none of them fails any more. */
  readonly isClosed: () => boolean;
  /**
   * The failure is judged, and what follows from it is known.
   * @param startedAt when the instance was started that was not ready in time; null for any other failure
   */
  readonly onTold: (startedAt: number | null) => void;
}

/** What follows when an instance of a pool fails: its launcher judges it, and the pool's trouble paces the next starts. */
export class PoolFailures {
  readonly #options: PoolFailuresOptions;

  constructor(options: PoolFailuresOptions) {
    this.#options = options;
  }

  /** An instance did not get ready. Resolves with the error when all is told. */
  async onStartFailed(instance: Instance, error: HostError): Promise<HostError> {
    this.#options.trouble.onStartError(error);
    await this.#onFailure(instance, error.code, error.message, false);
    return error;
  }

  /** An instance that was ready is gone, and nobody wanted that. Told when all of its last words are read. */
  async onLost(instance: Instance, reason: string): Promise<void> {
    const { functionName, trouble, onTold } = this.#options;
    const told = instance.exited.then((exit) => {
      const how = exit === null ? reason : describeExit(exit);
      return `Instance "${instance.name}" of function "${functionName}" failed: ${how}`;
    });
    if (instance.finished === 0) return this.#onFailure(instance, "TIDEGATE_INSTANCE_LOST", told, true);
    void this.#judge(instance, true, "TIDEGATE_INSTANCE_LOST");
    onTold(null);
    trouble.reportOnce(instance, "TIDEGATE_INSTANCE_LOST", await told);
  }

  async #onFailure(
    instance: Instance,
    code: HostErrorCode,
    message: string | Promise<string>,
    wasReady: boolean,
  ): Promise<void> {
    const { trouble, isClosed, onTold } = this.#options;
    if (isClosed()) return;
    const isChanged = await this.#judge(instance, wasReady, code);
    if (isClosed()) return;
    // Those that are started in another way from now on have not failed yet: the next start is due at once.
    if (isChanged) void trouble.onExcused(instance, code, message);
    else void trouble.onFailure(instance, code, message);
    onTold(code === "TIDEGATE_INSTANCE_START_TIMEOUT" && !isChanged ? instance.startedAt : null);
  }

  /** Has the launcher judge a failure. Resolves with whether it starts instances in another way from now on. */
  async #judge(instance: Instance, wasReady: boolean, code: HostErrorCode): Promise<boolean> {
    const { launcher, isClosed } = this.#options;
    const exit = await instance.ended;
    // One without a process says nothing about how processes are started.
    if (exit === null || exit.cause !== null || isClosed()) return false;
    const isTimeout = code === "TIDEGATE_INSTANCE_START_TIMEOUT";
    return launcher.onFailed({ start: instance.kind, wasReady, isTimeout, signal: exit.signal });
  }
}
