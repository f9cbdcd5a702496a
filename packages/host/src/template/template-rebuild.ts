import { Backoff } from "../failure/backoff.ts";

/** One that lived for so long was not lost "again", in milliseconds. */
const longLifeMs = 60_000;

/** When a template is built again whose process was lost: in a moment, and later each time that happens again. */
export class TemplateRebuild {
  readonly #backoff: Backoff = new Backoff();
  #timer: NodeJS.Timeout | null = null;

  /** Whether nothing was lost a moment ago. */
  get isDue(): boolean {
    return performance.now() >= this.#backoff.retryAt;
  }

  /** Whether the next build has its time already. */
  get isSet(): boolean {
    return this.#timer !== null;
  }

  /** @param livedMs how long it had been parked, in milliseconds; 0 for one that never was */
  set(livedMs: number, build: () => void): void {
    if (livedMs > longLifeMs) this.#backoff.succeed();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      build();
    }, this.#backoff.fail(performance.now())).unref();
  }

  /** None is to come: it has begun, or is not wanted. */
  cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
