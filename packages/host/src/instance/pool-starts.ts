import type { HostError } from "../errors.ts";
import type { PoolFailures } from "../failure/pool-failures.ts";
import type { HostEvent } from "../host-options.ts";
import { Instance, type InstanceOptions } from "./instance.ts";
import type { Succession } from "./successors.ts";

export interface PoolStartsOptions
  extends Pick<InstanceOptions, "function" | "revision" | "launch" | "permits" | "onState" | "onVerdict"> {
  readonly runtimeDir: () => string;
  readonly publicPort: () => number;
  readonly onEvent: (event: HostEvent) => void;
  readonly failures: PoolFailures;
  readonly canStart: () => boolean;
  /** An instance is about to start. */
  readonly onMade: (instance: Instance, succession: Succession | null) => void;
}

/** Starts the instances of a pool: names each, starts another for one that was taken away, and has failures told. */
export class PoolStarts {
  readonly #options: PoolStartsOptions;
  #made = 0;

  constructor(options: PoolStartsOptions) {
    this.#options = options;
  }

  /**
   * Starts one instance; null when it is ready, else why it is not.
   * @param succession what it stands in for; null for none
   */
  async start(succession: Succession | null, isRepeated = false): Promise<HostError | null> {
    const { failures, canStart } = this.#options;
    const instance = this.#make();
    this.#options.onMade(instance, succession);
    const error = await instance.start();
    // One that was drained while it started did not fail.
    if (error === null || instance.state !== "failed") return error;
    // Whatever has killed the second one, too, may go on with that: it is a failure as any other.
    const mayRepeat = !isRepeated && (await failures.isWorthAnother(instance, error));
    if (!mayRepeat || !canStart()) return failures.onStartFailed(instance, error);
    failures.reportOnce(instance, error.code, error.message);
    const isNeeded = succession?.of.state === "ready" || succession?.of.state === "frozen";
    return this.start(isNeeded ? succession : null, true);
  }

  #make(): Instance {
    const { function: fn, revision, launch, permits, onState, onVerdict } = this.#options;
    const { runtimeDir, publicPort, onEvent } = this.#options;
    const instance = `${fn.name}-${revision}-${++this.#made}`;
    return new Instance({
      function: fn,
      instance,
      revision,
      runtimeDir: runtimeDir(),
      publicPort: publicPort(),
      launch,
      permits,
      onOutput: (stream, line) => onEvent({ type: "output", function: fn.name, instance, stream, line }),
      onState,
      onVerdict,
    });
  }
}
