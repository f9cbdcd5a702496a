import type { Launch, Launched, LaunchOptions } from "../launcher/launcher.ts";

/** After SIGTERM, a process that does not end gets SIGKILL this much later, in milliseconds. */
const killAfterMs = 5_000;

/** The process of an instance: it may be ended before it is launched, while it is, and when it could not be. */
export class InstanceProcess {
  readonly #canceled: AbortController = new AbortController();
  #launching: Promise<Launched> | null = null;
  #launched: Launched | null = null;
  #terminated: Promise<void> | null = null;

  /** Aborted when it is not wanted any more. */
  get canceled(): AbortSignal {
    return this.#canceled.signal;
  }

  /** Null while there is none yet, and where none could be launched. */
  get launched(): Launched | null {
    return this.#launched;
  }

  /** @throws why it could not be launched */
  async launch(launch: Launch, options: LaunchOptions): Promise<Launched> {
    this.#launching = launch({ ...options, signal: this.#canceled.signal });
    this.#launched = await this.#launching;
    return this.#launched;
  }

  /** It is not wanted any more: what its start waits for it need not wait for any longer. */
  cancel(): void {
    // With a reason of our own: the error that is made without one keeps, by its stack, whoever called. That is the instance
    // that stands in for this one, which keeps the next one, and so on: none of a long row would ever be let go.
    this.#canceled.abort("it is not wanted any more");
  }

  /** Asks it to end, and kills it 5 s later. Resolves when it is gone. */
  terminate(): Promise<void> {
    // Asked once only: an app may take a second SIGTERM for "at once".
    this.#terminated ??= this.#terminate();
    return this.#terminated;
  }

  async kill(): Promise<void> {
    const launched = await this.#settled();
    launched?.signal("SIGKILL");
    await launched?.exited;
  }

  async #terminate(): Promise<void> {
    const launched = await this.#settled();
    if (launched === null) return;
    launched.signal("SIGTERM");
    const timer = setTimeout(() => launched.signal("SIGKILL"), killAfterMs);
    await launched.exited;
    clearTimeout(timer);
  }

  /** Also when it is only being launched; null when there is none. */
  async #settled(): Promise<Launched | null> {
    return this.#launched ?? this.#launching?.catch(() => null) ?? null;
  }
}
