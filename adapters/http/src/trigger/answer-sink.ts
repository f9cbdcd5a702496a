import type { ResponseHead, ResponseSink } from "../sink/response-sink.ts";

/** How an app answered an event. */
export interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  /** Empty unless the sink was to keep it. */
  readonly body: Buffer;
}

/** Takes the answer to an event, of which nobody but a direct invocation sees more than the status. */
export class AnswerSink implements ResponseSink {
  /** Always false: until the end nobody has seen anything. */
  readonly isStarted: boolean = false;
  readonly #done: (answer: Answer) => void;
  readonly #failed: (error: Error) => void;
  readonly #keepsBody: boolean;
  readonly #chunks: Buffer[] = [];
  #head: ResponseHead | undefined;

  /**
   * @param done takes the complete answer
   * @param failed takes the error when there will be none
   * @param keepsBody whether the body is of interest
   */
  constructor(done: (answer: Answer) => void, failed: (error: Error) => void, keepsBody: boolean) {
    this.#done = done;
    this.#failed = failed;
    this.#keepsBody = keepsBody;
  }

  head(head: ResponseHead): void {
    this.#head = head;
    // An answer in place of the app's begins anew.
    this.#chunks.length = 0;
  }

  chunk(chunk: string | Uint8Array, encoding: BufferEncoding): boolean {
    // A copy: an app may reuse its buffer.
    if (this.#keepsBody) {
      this.#chunks.push(typeof chunk === "string" ? Buffer.from(chunk, encoding ?? "utf8") : Buffer.from(chunk));
    }
    return true;
  }

  end(): void {
    const body = Buffer.concat(this.#chunks);
    this.#done({ status: this.#head?.status ?? 200, contentType: this.#head?.contentType, body });
  }

  fail(error: Error): void {
    this.#failed(error);
  }
}
