import type { HeaderLine } from "../platform/received-request.ts";
import type { Answer } from "./answer.ts";

interface Head {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly HeaderLine[];
}

function parseLines(lines: readonly string[]): HeaderLine[] {
  return lines.map((line) => {
    const at = line.indexOf(":");
    return [line.slice(0, at), line.slice(at + 1).trim()];
  });
}

function parseHead(text: string): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const [, status = "0", reason = ""] = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(first) ?? [];
  return { status: Number(status), reason, headers: parseLines(lines) };
}

function find(headers: readonly HeaderLine[], name: string): string | undefined {
  return headers.find(([candidate]) => candidate.toLowerCase() === name)?.[1];
}

/** Reads an answer off a connection strictly: bytes that are no HTTP end in an answer with `isCut`. */
export class AnswerParser {
  readonly #isBodiless: boolean;
  readonly #informational: string[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #head: Head | undefined;
  #body: Buffer[] = [];
  #trailers: readonly HeaderLine[] = [];
  #isLastChunk = false;

  /** @param method of the request; the answer to a HEAD has no body */
  constructor(method: string) {
    this.#isBodiless = method === "HEAD";
  }

  /** Takes what came, and returns the answer once it is complete. */
  push(bytes: Buffer): Answer | undefined {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    while (this.#head === undefined) {
      const end = this.#bytes.indexOf("\r\n\r\n");
      if (end < 0) return undefined;
      this.#takeHead(end);
    }
    return this.#takeBody(this.#head) ? this.#answer(this.#head, false) : undefined;
  }

  /** The connection ended: what came so far is the answer. */
  end(): Answer {
    const head = this.#head ?? { status: 0, reason: "", headers: [] };
    const isToClose = this.#head !== undefined && this.#framing(head) === "close";
    if (isToClose) this.#takeBytes(this.#bytes.length);
    else if (this.#framing(head) === "length") this.#takeBytes(this.#bytes.length);
    return this.#answer(head, !isToClose);
  }

  #takeHead(end: number): void {
    const head = parseHead(this.#bytes.subarray(0, end).toString("latin1"));
    this.#bytes = this.#bytes.subarray(end + 4);
    if (head.status >= 200 || head.status === 101 || head.status === 0) this.#head = head;
    else this.#informational.push([head.status, ...head.headers.map((line) => line.join(": "))].join("\n"));
  }

  #framing({ status, headers }: Head): "none" | "chunked" | "length" | "close" {
    if (this.#isBodiless || status === 204 || status === 304) return "none";
    if (find(headers, "transfer-encoding") !== undefined) return "chunked";
    return find(headers, "content-length") === undefined ? "close" : "length";
  }

  #takeBody(head: Head): boolean {
    const framing = this.#framing(head);
    if (framing === "none") return true;
    if (framing === "chunked") return this.#takeChunks();
    if (framing === "close") return false;
    const length = Number(find(head.headers, "content-length"));
    if (this.#bytes.length < length) return false;
    this.#takeBytes(length);
    return true;
  }

  #takeBytes(length: number): void {
    this.#body.push(this.#bytes.subarray(0, length));
    this.#bytes = this.#bytes.subarray(length);
  }

  #takeChunks(): boolean {
    while (!this.#isLastChunk) {
      const end = this.#bytes.indexOf("\r\n");
      if (end < 0) return false;
      const size = Number.parseInt(this.#bytes.subarray(0, end).toString("latin1"), 16);
      if (size === 0) {
        this.#isLastChunk = true;
        // The CRLF of this line stays: then the trailers, even none, end with an empty line.
        this.#bytes = this.#bytes.subarray(end);
        break;
      }
      if (this.#bytes.length < end + 2 + size + 2) return false;
      this.#body.push(this.#bytes.subarray(end + 2, end + 2 + size));
      this.#bytes = this.#bytes.subarray(end + 2 + size + 2);
    }
    const end = this.#bytes.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const text = this.#bytes.subarray(2, end).toString("latin1");
    this.#trailers = end < 2 || text === "" ? [] : parseLines(text.split("\r\n"));
    return true;
  }

  #answer({ status, reason, headers }: Head, isCut: boolean): Answer {
    const body = Buffer.concat(this.#body);
    return { status, reason, headers, body, trailers: this.#trailers, informational: this.#informational, isCut };
  }
}
