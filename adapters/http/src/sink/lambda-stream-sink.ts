import { eventSources, TidegateError } from "@tidegate/core";
import { abandon, type LambdaStream, lambdaRuntime, type Prelude } from "../platform/lambda-runtime.ts";
import type { ResponseHead, ResponseSink } from "./response-sink.ts";

/** Tells Lambda that the bytes begin with a prelude. */
const INTEGRATION_TYPE = "application/vnd.awslambda.http-integration-response";
const DELIMITER_BYTES = 8;

/** What a sink asks of the exchange it belongs to. */
export interface LambdaSinkEvents {
  /** All bytes were handed to the runtime. */
  finished(): void;
  /** The response will not be completed. */
  failed(error: Error): void;
  /** The stream wants more. */
  drained(): void;
  /** Nobody takes the response any more. */
  cancelled(): void;
}

/** Sends a response to Lambda as the app writes it: the head at once, then each chunk. */
export class LambdaStreamSink implements ResponseSink {
  isStarted = false;
  readonly #maxPreludeBytes: number;
  readonly #requestId: string | undefined;
  readonly #events: LambdaSinkEvents;
  #stream: LambdaStream;
  #isEnded = false;
  #isOver = false;

  /**
   * @param stream the runtime's response stream
   * @param maxPreludeBytes most bytes of prelude and delimiter the platform accepts
   * @param requestId named in the answer when they are more
   * @param events see {@link LambdaSinkEvents}
   */
  constructor(stream: LambdaStream, maxPreludeBytes: number, requestId: string | undefined, events: LambdaSinkEvents) {
    this.#stream = stream;
    this.#maxPreludeBytes = maxPreludeBytes;
    this.#requestId = requestId;
    this.#events = events;
    this.#watch(stream);
    // Closed before this listened: it will not say so again.
    if (stream.destroyed === true) process.nextTick(() => this.#lost(undefined));
  }

  head(head: ResponseHead): void {
    if (this.#isOver || this.#isEnded) return;
    this.isStarted = true;
    const prelude = toPrelude(head);
    const bytes = Buffer.byteLength(JSON.stringify(prelude)) + DELIMITER_BYTES;
    if (bytes > this.#maxPreludeBytes) this.#refuse(bytes);
    else this.#open(prelude);
  }

  chunk(chunk: string | Uint8Array, encoding: BufferEncoding): boolean {
    if (this.#isOver || this.#isEnded) return true;
    // A copy of bytes, as the app may reuse its buffer before the runtime has sent it. A Buffer in any case: the runtime
    // takes other arrays for objects to make JSON of.
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding ?? "utf8") : Buffer.from(chunk);
    return this.#stream.write(bytes) !== false;
  }

  end(): void {
    if (this.#isOver || this.#isEnded) return;
    this.#isEnded = true;
    this.#stream.end();
  }

  fail(error: Error): void {
    if (this.#isOver || this.#isEnded) return;
    this.#isOver = true;
    this.#events.failed(error);
    abandon(this.#stream, error);
  }

  #open(prelude: Prelude): void {
    const { HttpResponseStream } = lambdaRuntime() ?? {};
    if (typeof HttpResponseStream?.from === "function") {
      const stream = HttpResponseStream.from(this.#stream, prelude);
      if (stream !== this.#stream) this.#watch(stream);
      this.#stream = stream;
      // The prelude goes out with the first write, and not at all if `end` is all there is.
      stream.write("");
      return;
    }
    this.#stream.setContentType?.(INTEGRATION_TYPE);
    // The prelude must not contain a NUL, which JSON escapes.
    this.#stream.write(Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(DELIMITER_BYTES)]));
  }

  /** API Gateway would answer a head that is too large with an error of its own, which names nothing. */
  #refuse(bytes: number): void {
    const message = `Cannot stream the response: status and headers take ${bytes} bytes of ${this.#maxPreludeBytes}`;
    const error = new TidegateError("TIDEGATE_PRELUDE_TOO_LARGE", message);
    console.error(error);
    this.#open({ statusCode: 502, headers: { "content-type": "application/json; charset=utf-8" } });
    this.#stream.write(JSON.stringify({ error: { code: error.code, message, requestId: this.#requestId } }));
    this.end();
    // Later, as on a server: a connection never breaks inside the app's own call.
    process.nextTick(() => this.#events.cancelled());
  }

  #watch(stream: LambdaStream): void {
    stream.on("drain", () => {
      if (!this.#isOver && stream === this.#stream) this.#events.drained();
    });
    stream.on("finish", () => {
      if (this.#isOver || !this.#isEnded || stream !== this.#stream) return;
      this.#isOver = true;
      this.#events.finished();
    });
    stream.on("error", (error: Error) => this.#lost(error));
    stream.on("close", () => this.#lost(undefined));
  }

  #lost(cause: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.failed(streamClosed(cause));
    this.#events.cancelled();
  }
}

/** The error when nobody takes the response any more. */
export function streamClosed(cause: Error | undefined): TidegateError {
  const message = "Cannot complete the response: its stream was closed before the last byte";
  return new TidegateError("TIDEGATE_REQUEST_ABORTED", message, { cause });
}

/** The prelude is an answer in payload format 2.0 without its body. */
function toPrelude(head: ResponseHead): Prelude {
  const source = eventSources.find(({ name }) => name === "aws-function-url");
  const answer: object = source?.toResponse({ ...head, body: null }) ?? {};
  const { headers = {}, cookies } = answer as Partial<Prelude>;
  return cookies === undefined ? { statusCode: head.status, headers } : { statusCode: head.status, headers, cookies };
}
