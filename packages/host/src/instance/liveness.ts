import type { HealthConfig } from "@tidegate/core";
import type { ProbeResult } from "../launcher/http-probe.ts";
import { isFine } from "../launcher/startup-check.ts";

/** Asks an instance's liveness path again and again, one question at a time. */
export class Liveness {
  readonly #health: HealthConfig;
  readonly #probe: (path: string, timeoutMs: number) => Promise<ProbeResult>;
  readonly #onFailed: (reason: string) => void;
  #timer: NodeJS.Timeout | null = null;
  /** Failed checks in a row. */
  #failures = 0;
  /** Checks begun before the last pause do not count: their time was spent frozen. */
  #round = 0;

  /** @param onFailed told when so many checks in a row failed that the instance is unhealthy; again with each further one */
  constructor(
    health: HealthConfig,
    probe: (path: string, timeoutMs: number) => Promise<ProbeResult>,
    onFailed: (reason: string) => void,
  ) {
    this.#health = health;
    this.#probe = probe;
    this.#onFailed = onFailed;
  }

  /** Begins to ask, or goes on to after `stop`. */
  start(): void {
    const { livenessPath, intervalMs } = this.#health;
    if (livenessPath === null || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#check(livenessPath, this.#round);
    }, intervalMs).unref();
  }

  /** Asks no more, and forgets what failed. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#failures = 0;
    this.#round++;
  }

  async #check(path: string, round: number): Promise<void> {
    const result = await this.#probe(path, this.#health.timeoutMs);
    if (round !== this.#round) return;
    if ("status" in result && isFine(result.status)) this.#failures = 0;
    else {
      this.#failures++;
      const why = "status" in result ? `it answered with ${result.status}` : result.failure;
      if (this.#failures >= this.#health.failureThreshold) {
        this.#onFailed(`its liveness path "${path}" failed ${this.#failures} times in a row: ${why}`);
      }
    }
    if (round === this.#round) this.start();
  }
}
