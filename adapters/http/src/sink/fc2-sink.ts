import { PassThrough, type Readable } from "node:stream";
import { type HttpResponseMessage, type RawHeaders, TidegateError } from "@tidegate/core";
import { BufferedSink } from "./buffered-sink.ts";
import type { ResponseHead, ResponseSink } from "./response-sink.ts";

/** Response object of a Function Compute 2.0 HTTP function. Format: FC documents, "HTTP handler" of the Node runtime. */
export interface Fc2Response {
  setStatusCode(status: number): void;
  setHeader(name: string, value: string | string[]): void;
  /** Ends the call; a stream is sent as it is read. */
  send(body: Uint8Array | string | Readable): void;
}

/** What a sink asks of the exchange it belongs to. */
export interface Fc2SinkEvents {
  /** The whole response is there; call the argument to send it. */
  completed(send: () => void): void;
  /** A streamed response was handed over to its end. */
  finished(): void;
  /** The response will not be completed. */
  failed(error: Error): void;
  /** The stream wants more. */
  drained(): void;
  /** Nobody takes the response any more. */
  cancelled(): void;
}

const NO_HEAD: ResponseHead = {
  status: 200,
  statusText: "",
  rawHeaders: [],
  contentType: undefined,
  contentEncoding: undefined,
};

/**
 * Sends a response to Function Compute 2.0: as one value if the app had it at once, which most have, and else as a stream
 * that begins a turn of the event loop after the head.
 */
export class Fc2Sink implements ResponseSink {
  isStarted = false;
  readonly #target: Fc2Response;
  readonly #events: Fc2SinkEvents;
  #head: ResponseHead = NO_HEAD;
  #chunks: Buffer[] = [];
  #stream: PassThrough | undefined;
  #timer: NodeJS.Immediate | undefined;
  #isOver = false;

  /**
   * @param target the platform's response object
   * @param events see {@link Fc2SinkEvents}
   */
  constructor(target: Fc2Response, events: Fc2SinkEvents) {
    this.#target = target;
    this.#events = events;
  }

  head(head: ResponseHead): void {
    this.#head = head;
    // An answer in place of the app's begins anew.
    this.#chunks = [];
    this.#timer ??= setImmediate(() => this.#startStream());
  }

  chunk(chunk: string | Uint8Array, encoding: BufferEncoding): boolean {
    if (this.#isOver) return true;
    // A copy, as the app may reuse its buffer.
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding ?? "utf8") : Buffer.from(chunk);
    if (this.#stream !== undefined) return this.#stream.write(bytes);
    this.#chunks.push(bytes);
    return true;
  }

  end(): void {
    if (this.#isOver) return;
    if (this.#stream !== undefined) {
      this.#stream.end();
      return;
    }
    this.#close();
    const whole = new BufferedSink(
      (response) => this.#events.completed(() => this.#sendWhole(response)),
      this.#events.failed,
    );
    whole.head(this.#head);
    for (const chunk of this.#chunks) whole.chunk(chunk, "utf8");
    whole.end();
  }

  fail(error: Error): void {
    if (this.#isOver) return;
    this.#close();
    this.#events.failed(error);
    this.#stream?.destroy(error);
  }

  #close(): void {
    this.#isOver = true;
    clearImmediate(this.#timer);
  }

  #startStream(): void {
    const { status, rawHeaders } = this.#head;
    this.isStarted = true;
    const stream = new PassThrough();
    this.#stream = stream;
    stream.on("drain", () => this.#events.drained());
    stream.on("finish", () => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.#events.finished();
    });
    stream.on("error", (error) => this.#lost(error));
    stream.on("close", () => this.#lost(undefined));
    sendHead(this.#target, status, rawHeaders);
    for (const chunk of this.#chunks) stream.write(chunk);
    this.#chunks = [];
    this.#target.send(stream);
  }

  #sendWhole({ status, rawHeaders, body }: HttpResponseMessage): void {
    sendHead(this.#target, status, rawHeaders);
    this.#target.send(body === null ? "" : "text" in body ? body.text : Buffer.from(body.base64, "base64"));
  }

  #lost(cause: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const message = "Cannot complete the response: its stream was closed before the last byte";
    this.#events.failed(new TidegateError("TIDEGATE_REQUEST_ABORTED", message, { cause }));
    this.#events.cancelled();
  }
}

function sendHead(target: Fc2Response, status: number, rawHeaders: RawHeaders): void {
  target.setStatusCode(status);
  const byName = new Map<string, string[]>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = String(rawHeaders[i]);
    const values = byName.get(name) ?? [];
    values.push(String(rawHeaders[i + 1]));
    byName.set(name, values);
  }
  for (const [name, values] of byName) target.setHeader(name, values.length === 1 ? String(values[0]) : values);
}
