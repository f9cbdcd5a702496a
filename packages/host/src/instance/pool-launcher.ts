import type { InstanceStart } from "@tidegate/core";
import { launch } from "../launcher/launch.ts";
import type { Launch } from "../launcher/launcher.ts";
import { StartTimes } from "./start-times.ts";

/** How an instance failed. */
export interface InstanceFailure {
  readonly start: InstanceStart;
  /** Whether it had been ready before. */
  readonly wasReady: boolean;
  /** Whether it was not ready in time, and killed for that. */
  readonly isTimeout: boolean;
  /** What ended its process; null when no signal did. */
  readonly signal: string | null;
}

/** What starts the instances of a pool, and learns how they do. */
export interface PoolLauncher {
  readonly launch: Launch;
  /** Expected time from start to ready of the next instance, in milliseconds. */
  readonly expectedMs: number;
  /** An instance got ready, so long after its start, in milliseconds. */
  onReady(start: InstanceStart, startMs: number): void;
  /** A forked instance has answered its first request. */
  onFirstAnswer(pid: number): void;
  /**
   * An instance failed.
   * @returns whether the next one is started in another way because of that: then nothing is known against it yet
   */
  onFailed(failure: InstanceFailure): boolean;
  /** Starts none any more. Resolves when nothing is left of what it keeps for starts; instances live on. */
  close(): Promise<void>;
}

/** Starts each instance as a process of its own. */
export class ProcessLauncher implements PoolLauncher {
  readonly launch: Launch = launch;
  readonly #times: StartTimes = new StartTimes();

  get expectedMs(): number {
    return this.#times.expectedMs;
  }

  onReady(_start: InstanceStart, startMs: number): void {
    this.#times.add(startMs);
  }

  onFirstAnswer(): void {}

  onFailed(): boolean {
    return false;
  }

  async close(): Promise<void> {}
}
