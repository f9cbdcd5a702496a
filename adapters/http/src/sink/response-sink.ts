import type { RawHeaders } from "@tidegate/core";

/** Status line and headers of a response. */
export interface ResponseHead {
  readonly status: number;
  /** Reason phrase. */
  readonly statusText: string;
  readonly rawHeaders: RawHeaders;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
}

/** Where a captured response goes. `head` comes first and once; then chunks; then `end`, or `fail` at any time. */
export interface ResponseSink {
  /** Whether the client may have seen the head, so that no other answer can be given. */
  readonly isStarted: boolean;
  /** Takes status and headers, when the app flushes them or sends its first byte. */
  head(head: ResponseHead): void;
  /**
   * Takes a piece of the body, never empty.
   *
   * @param chunk bytes, or a string in `encoding`
   * @param encoding how to turn a string into bytes
   * @returns false when the app should wait for `drain`
   */
  chunk(chunk: string | Uint8Array, encoding: BufferEncoding): boolean;
  /** The response is complete. */
  end(): void;
  /** The response will not be completed. */
  fail(error: Error): void;
}
