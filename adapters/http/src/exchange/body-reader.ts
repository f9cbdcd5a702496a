import type { IncomingMessage } from "node:http";

/** Feeds a request from a web stream, as fast as the app reads. */
export class BodyReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #isPulling = false;

  /** @param stream body of a web `Request` */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** Pushes chunks until the request's buffer is full or the body ends. An error of the stream destroys the request. */
  pull(request: IncomingMessage): void {
    if (this.#isPulling) return;
    this.#isPulling = true;
    this.#pump(request).catch((error: unknown) => {
      request.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }

  /** Gives the rest of the body up. */
  cancel(reason?: unknown): void {
    // The stream may be errored already; there is nobody left to tell.
    this.#reader.cancel(reason).catch(() => {});
  }

  // A loop of its own, since IncomingMessage tells its stream not to ask for more than it was asked for.
  async #pump(request: IncomingMessage): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (request.destroyed) return;
      if (done) {
        request.complete = true;
        request.push(null);
        return;
      }
      if (!request.push(value)) break;
    }
    this.#isPulling = false;
  }
}
