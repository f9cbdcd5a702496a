import type { ForkOrder } from "@tidegate/agent";
import { canGoOn } from "../launcher/is-ending.ts";
import type { HeldChild } from "./held-child.ts";
import type { TemplateChild } from "./template-child.ts";

/** So long after the last start the next spare is forked, in milliseconds: the instance's first response comes first. */
const pauseMs = 30;

/** So long after the first instance became ready its pages are looked at, in milliseconds: it has likely answered by then. */
const learnMs = 100;

/** A spare that does not live this long, in milliseconds, is not replaced before an instance got ready. */
const leastLifeMs = 1_000;

/** The child a template keeps ahead (decision 015): it is forked before anybody waits for it. */
export class Spare {
  readonly #template: TemplateChild;
  #held: HeldChild | null = null;
  #starting = 0;
  #hasLearned = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(template: TemplateChild) {
    this.#template = template;
  }

  /** Process id of the spare; null when there is none. */
  get pid(): number | null {
    return this.#held?.pid ?? null;
  }

  /** Makes the spare, forked or on its way, an instance. Null when there is none, or it was killed or stopped a moment ago. */
  begin(order: ForkOrder): HeldChild | null {
    const held = this.#held;
    this.#held = null;
    if (held === null) return null;
    try {
      if (held.pid === null || canGoOn(held.pid)) {
        held.begin(order);
        return held;
      }
    } catch {
      // Nobody is there.
    }
    void held.drop();
    return null;
  }

  /** Orders one, unless there is one. */
  prepare(): void {
    if (this.#held === null && !this.#isClosed) void this.#order();
  }

  /**
   * An instance starts, by a spare or without: the next one is not forked beside it.
   * @returns to be called with its process id when it is ready, with null when it failed
   */
  beginStart(): (pid: number | null) => void {
    this.#starting++;
    return (pid) => {
      this.#starting--;
      if (pid !== null) this.#plan(pid);
    };
  }

  /** Has the template look at the pages of an instance; spares are forked with copies of these from now on. */
  learn(pid: number): void {
    if (this.#isClosed) return;
    this.#hasLearned = true;
    this.#template.tell(`learn ${pid}`);
    void this.drop();
    this.prepare();
  }

  /** Ends the spare. Resolves when nothing of it is left. */
  async drop(): Promise<void> {
    const held = this.#held;
    this.#held = null;
    await held?.drop();
  }

  /** Ends the spare, and orders none any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.drop();
  }

  #plan(pid: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        if (!this.#hasLearned && canGoOn(pid)) this.learn(pid);
        else if (this.#starting === 0) this.prepare();
      },
      this.#hasLearned ? pauseMs : learnMs,
    ).unref();
  }

  async #order(): Promise<void> {
    const orderedAt = performance.now();
    let held: HeldChild;
    try {
      held = await this.#template.order();
    } catch {
      return; // refused: the next instance is forked when it is wanted, and tells why it cannot be
    }
    if (this.#held !== null || this.#isClosed) return held.drop();
    this.#held = held;
    const child = await held.forked.catch(() => null);
    await child?.ended;
    if (this.#held !== held) return;
    this.#held = null;
    if (child !== null && performance.now() - orderedAt > leastLifeMs) this.prepare();
  }
}
