import { isUtf8 } from "node:buffer";
import { classifyContent, type HttpResponseMessage, type MessageBody, type RawHeaders } from "@tidegate/core";
import type { ResponseHead, ResponseSink } from "./response-sink.ts";

const NO_HEAD: ResponseHead = { status: 200, statusText: "", rawHeaders: [] };

/** Collects a whole response, for platforms that take one JSON object. */
export class BufferedSink implements ResponseSink {
  readonly #done: (response: HttpResponseMessage) => void;
  readonly #failed: (error: Error) => void;
  readonly #chunks: (string | Uint8Array)[] = [];
  #head: ResponseHead = NO_HEAD;
  #isAllText = true;

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
  }

  chunk(chunk: string | Uint8Array, encoding: BufferEncoding): boolean {
    if (typeof chunk !== "string") {
      this.#isAllText = false;
      // An app may reuse its buffer once the write is done, and here it is done before the bytes are used.
      this.#chunks.push(Buffer.from(chunk));
    } else if (isUtf8Name(encoding)) {
      this.#chunks.push(chunk);
    } else {
      this.#isAllText = false;
      this.#chunks.push(Buffer.from(chunk, encoding));
    }
    return true;
  }

  end(): void {
    const { status, statusText, rawHeaders } = this.#head;
    this.#done({ status, statusText, rawHeaders, body: this.#body(rawHeaders) });
  }

  fail(error: Error): void {
    this.#failed(error);
  }

  #body(rawHeaders: RawHeaders): MessageBody | null {
    if (this.#chunks.length === 0) return null;
    const content = classify(rawHeaders);
    if (this.#isAllText && content !== "binary") {
      return { text: this.#chunks.length === 1 ? String(this.#chunks[0]) : this.#chunks.join("") };
    }
    const bytes = toBytes(this.#chunks);
    // Bytes that are no UTF-8 would be damaged as text, whatever the headers claim.
    const isText = content !== "binary" && isUtf8(bytes);
    return isText ? { text: bytes.toString("utf8") } : { base64: bytes.toString("base64") };
  }
}

function isUtf8Name(encoding: string | null | undefined): boolean {
  return encoding === "utf8" || encoding === "utf-8" || encoding === undefined || encoding === null;
}

function toBytes(chunks: readonly (string | Uint8Array)[]): Buffer {
  const buffers = chunks.map((chunk) => (Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)));
  const [first] = buffers;
  return buffers.length === 1 && first !== undefined ? first : Buffer.concat(buffers);
}

function classify(rawHeaders: RawHeaders): "text" | "binary" | "unknown" {
  let type: string | undefined;
  let encoding: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 12 && name.toLowerCase() === "content-type") type = rawHeaders[i + 1];
    else if (name?.length === 16 && name.toLowerCase() === "content-encoding") encoding = rawHeaders[i + 1];
  }
  return classifyContent(type, encoding);
}
