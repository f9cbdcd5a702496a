import { isUtf8 } from "node:buffer";
import { type ContentClass, classifyContent, type HttpResponseMessage, type MessageBody } from "@tidegate/core";
import { Base64Text } from "./base64-text.ts";
import type { ResponseHead, ResponseSink } from "./response-sink.ts";

const NO_HEAD: ResponseHead = {
  status: 200,
  statusText: "",
  rawHeaders: [],
  contentType: undefined,
  contentEncoding: undefined,
};

/**
 * Collects a whole response, for platforms that take one JSON object.
 *
 * A chunk is turned into text, of itself or base64, as it comes: the app may reuse its buffer afterwards, and a copy of
 * the bytes to convert later would cost as much again.
 */
export class BufferedSink implements ResponseSink {
  /** Always false: until the end nobody has seen anything. */
  readonly isStarted: boolean = false;
  readonly #done: (response: HttpResponseMessage) => void;
  readonly #failed: (error: Error) => void;
  #head: ResponseHead = NO_HEAD;
  #content: ContentClass = "unknown";
  #text = "";
  #base64: Base64Text | undefined;
  #isEmpty = true;

  /**
   * @param done takes the complete response
   * @param failed takes the error when there will be none
   */
  constructor(done: (response: HttpResponseMessage) => void, failed: (error: Error) => void) {
    this.#done = done;
    this.#failed = failed;
  }

  head(head: ResponseHead): void {
    this.#head = head;
    this.#content = classifyContent(head.contentType, head.contentEncoding);
    // An answer in place of the app's begins anew.
    this.#text = "";
    this.#base64 = undefined;
    this.#isEmpty = true;
  }

  chunk(chunk: string | Uint8Array, encoding: BufferEncoding): boolean {
    this.#isEmpty = false;
    if (this.#base64 !== undefined) {
      this.#base64.push(toBytes(chunk, encoding));
    } else if (this.#content !== "binary" && isText(chunk, encoding)) {
      this.#text += typeof chunk === "string" ? chunk : utf8(chunk);
    } else {
      this.#base64 = new Base64Text();
      if (this.#text !== "") this.#base64.push(Buffer.from(this.#text));
      this.#text = "";
      this.#base64.push(toBytes(chunk, encoding));
    }
    return true;
  }

  end(): void {
    const { status, statusText, rawHeaders } = this.#head;
    this.#done({ status, statusText, rawHeaders, body: this.#body() });
  }

  fail(error: Error): void {
    this.#failed(error);
  }

  #body(): MessageBody | null {
    if (this.#isEmpty) return null;
    const base64 = this.#base64?.end();
    if (base64 === undefined) return { text: this.#text };
    if (this.#content === "binary") return { base64 };
    // A character may have been cut by the chunks; together they can be text after all.
    const bytes = Buffer.from(base64, "base64");
    return isUtf8(bytes) ? { text: bytes.toString() } : { base64 };
  }
}

function isText(chunk: string | Uint8Array, encoding: BufferEncoding | null | undefined): boolean {
  if (typeof chunk !== "string") return isUtf8(chunk);
  // Lone surrogates have no UTF-8; Node writes U+FFFD for them.
  return (encoding === "utf8" || encoding === "utf-8" || !encoding) && chunk.isWellFormed();
}

function utf8(chunk: Uint8Array): string {
  return Buffer.isBuffer(chunk)
    ? chunk.toString()
    : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString();
}

function toBytes(chunk: string | Uint8Array, encoding: BufferEncoding): Uint8Array {
  return typeof chunk === "string" ? Buffer.from(chunk, encoding ?? "utf8") : chunk;
}
