import type { ResponseHead, ResponseSink } from "./response-sink.ts";

/** Bytes a response may run ahead of its reader before the app is asked to wait; that of Node's sockets. */
const HIGH_WATER_BYTES = 64 * 1024;

/** A response whose head is there and whose body may still be coming. */
export interface StreamedResponse extends ResponseHead {
  readonly body: ReadableStream<Uint8Array> | null;
}

/** What a sink asks of the exchange it belongs to. */
export interface SinkEvents {
  /** Takes the response as soon as the app flushes its head. */
  started(response: StreamedResponse): void;
  /** Takes the error when there will be no response. */
  failed(error: Error): void;
  /** The response is complete. */
  ended(): void;
  /** The reader wants more. */
  drained(): void;
  /** The reader gave up. */
  cancelled(reason: unknown): void;
}

// Fetch standard, "null body status": a Response with one of these must not be given a body.
const NULL_BODY_STATUS: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** Hands a response on as a web stream, chunk by chunk and no faster than it is read. */
export class WebSink implements ResponseSink {
  isStarted: boolean = false;
  #isFailed = false;
  readonly #events: SinkEvents;
  readonly #hasBody: boolean;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  /**
   * @param events see {@link SinkEvents}
   * @param hasBody false for the response to a HEAD request
   */
  constructor(events: SinkEvents, hasBody: boolean) {
    this.#events = events;
    this.#hasBody = hasBody;
  }

  head(head: ResponseHead): void {
    const body = this.#hasBody && !NULL_BODY_STATUS.has(head.status) ? this.#openBody() : null;
    // Node corks what is written in one turn, so that an app which breaks off in the same turn has sent nothing.
    process.nextTick(() => {
      if (this.#isFailed) return;
      this.isStarted = true;
      this.#events.started({ ...head, body });
    });
  }

  chunk(chunk: string | Uint8Array, encoding: BufferEncoding): boolean {
    const controller = this.#controller;
    if (controller === undefined) return true;
    // Always a copy with memory of its own: a reader may transfer it, and an app may reuse its buffer.
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding ?? "utf8") : chunk;
    controller.enqueue(new Uint8Array(bytes));
    return (controller.desiredSize ?? 0) > 0;
  }

  end(): void {
    this.#controller?.close();
    this.#controller = undefined;
    this.#events.ended();
  }

  fail(error: Error): void {
    this.#isFailed = true;
    if (!this.isStarted) this.#events.failed(error);
    this.#controller?.error(error);
    this.#controller = undefined;
  }

  #openBody(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#events.drained(),
        cancel: (reason) => {
          this.#controller = undefined;
          this.#events.cancelled(reason);
        },
      },
      { highWaterMark: HIGH_WATER_BYTES, size: (chunk) => chunk.byteLength },
    );
  }
}
