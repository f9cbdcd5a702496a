import type { InstanceStart } from "@tidegate/core";
import { RevisionFailures } from "../failure/revision-failures.ts";
import { launch } from "../launcher/launch.ts";
import type { Launch } from "../launcher/launcher.ts";
import { StartTimes } from "./start-times.ts";

/** What starts the instances of a pool, and learns how they do. */
export interface PoolLauncher {
  readonly launch: Launch;
  /** What failures of its instances mean: told by the pool, heeded by both. */
  readonly failures: RevisionFailures;
  /** Expected time from start to ready of the next instance, in milliseconds. */
  readonly expectedMs: number;
  /** An instance got ready, so long after its start, in milliseconds. */
  onReady(start: InstanceStart, startMs: number): void;
  /** A forked instance has answered its first request. */
  onFirstAnswer(pid: number): void;
  /** Starts none any more. Resolves when nothing is left of what it keeps for starts; instances live on. */
  close(): Promise<void>;
}

/** Starts each instance as a process of its own. */
export class ProcessLauncher implements PoolLauncher {
  readonly launch: Launch = launch;
  readonly failures: RevisionFailures = new RevisionFailures(false);
  readonly #times: StartTimes = new StartTimes();

  get expectedMs(): number {
    return this.#times.expectedMs;
  }

  onReady(start: InstanceStart, startMs: number): void {
    this.failures.onReady(start);
    this.#times.add(startMs);
  }

  onFirstAnswer(): void {}

  async close(): Promise<void> {}
}
