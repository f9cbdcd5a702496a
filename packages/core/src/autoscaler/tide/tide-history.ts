import type { LoadHistory } from "../policy/policy.ts";

export class TideHistory implements LoadHistory {
  lastActiveAt: number | null = null;
  #load = 0;

  record(now: number, inFlight: number, queued: number): void {
    const load = inFlight + queued;
    if (load > 0 || this.#load > 0) this.lastActiveAt = now;
    this.#load = load;
  }
}
