import type { ClientSocket } from "./connection-info.ts";

/** Watches whether a client takes what is written to it. Made when something waits, and given up when all is taken. */
export class ReaderWatch {
  readonly #socket: ClientSocket;
  /** Bytes it had taken when that was last looked at, and since when it has taken no more. */
  #taken: number;
  #since: number;

  constructor(socket: ClientSocket, now: number) {
    this.#socket = socket;
    this.#taken = takenFrom(socket);
    this.#since = now;
  }

  /** Whether nothing has been taken for `spanMs`. */
  hasStalled(now: number, spanMs: number): boolean {
    const taken = takenFrom(this.#socket);
    if (taken !== this.#taken) {
      this.#taken = taken;
      this.#since = now;
    }
    return now - this.#since >= spanMs;
  }
}

/** Only its differences mean something. How much waits says nothing alone: of a stream it may be the same each time. */
function takenFrom({ bytesWritten = 0, writableLength }: ClientSocket): number {
  return bytesWritten - writableLength;
}
