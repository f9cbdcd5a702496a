import { setImmediate as nextTurn } from "node:timers/promises";
import type { ClientConnection } from "./client-connection.ts";
import { WaitingLine } from "./waiting-line.ts";

/** What is done in one turn of the event loop, so that requests are not held up: connections looked at, and ended. */
const mostLookedAt = 512;
const mostEnded = 64;

/**
 * All connections of clients, each in the line of what it waits for. Looking for those whose time is up costs nothing for
 * the others, however many there are; only those that are being served are looked at one by one, some at a time.
 */
export class ClientConnections {
  /** Those whose next request's head is to come, since they connected or its first byte came. */
  readonly head: WaitingLine<ClientConnection> = new WaitingLine();
  /** Those that may send another request. */
  readonly idle: WaitingLine<ClientConnection> = new WaitingLine();
  /** Those that have responses to read before they are served on or closed. */
  readonly unread: WaitingLine<ClientConnection> = new WaitingLine();
  /** Those that have been ended, and are to end their side. */
  readonly ended: WaitingLine<ClientConnection> = new WaitingLine();
  readonly serving: WaitingLine<ClientConnection> = new WaitingLine();
  readonly #timed = [this.head, this.idle, this.unread, this.ended];
  #isSweeping = false;
  #onNoneWaits: (() => void) | null = null;

  get size(): number {
    return this.serving.size + this.#timed.reduce((sum, { size }) => sum + size, 0);
  }

  /** The connection is closed. */
  remove(connection: ClientConnection): void {
    connection.line?.remove(connection);
    this.onChange();
  }

  *[Symbol.iterator](): Generator<ClientConnection> {
    for (const line of this.#timed) yield* line;
    yield* this.serving;
  }

  /** Ends what took too long. Called about once a second; goes on in later turns where there is much to do. */
  sweep(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#sweepSome(this.serving.size);
  }

  /**
   * Lets connections that wait for a request go on for `lingerMs`, as one may be on its way, then closes those that still
   * wait. Resolves when none waits any more.
   */
  async closeIdle(lingerMs: number): Promise<void> {
    if (lingerMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lingerMs);
        this.#onNoneWaits = () => {
          clearTimeout(timer);
          resolve();
        };
        this.onChange();
      });
    }
    this.#onNoneWaits = null;
    for (let ended = 1; ; ended++) {
      const waiting = this.idle.first ?? this.head.first;
      if (waiting === null) return;
      waiting.closeSoon();
      if (ended % mostEnded === 0) await nextTurn();
    }
  }

  /** A connection has stepped into another line. */
  onChange(): void {
    if (this.#onNoneWaits !== null && this.head.size + this.idle.size === 0) this.#onNoneWaits();
  }

  #sweepSome(left: number): void {
    const now = performance.now();
    let ended = 0;
    for (const line of this.#timed) {
      for (let { first } = line; first !== null && first.deadline <= now; { first } = line) {
        if (++ended > mostEnded) break;
        first.onDeadline(now);
        // One that has got more time stands at the end again; one that is being destroyed leaves when it is closed.
        if (line.first === first) line.remove(first);
      }
    }
    let looked = 0;
    for (; looked < Math.min(left, mostLookedAt); looked++) {
      const { first } = this.serving;
      if (first === null) break;
      this.serving.add(first);
      first.sweep(now);
    }
    const rest = Math.min(left - looked, this.serving.size);
    if (ended > mostEnded || rest > 0) setImmediate(() => this.#sweepSome(rest));
    else this.#isSweeping = false;
  }
}
