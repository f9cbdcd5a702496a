/** The head of a response. */
export interface AnswerHead {
  readonly status: number;
  /** Status line and header lines as they came, without the empty line. */
  readonly text: string;
}

/** Told the parts of one response. */
export interface AnswerListener {
  /** Such as `GET`: the answer to `HEAD` has no body. */
  readonly method: string;
  onHead(head: AnswerHead): void;
  /** Content of the body, without its framing. */
  onBody(chunk: Buffer): void;
  /** The response is whole; `keepsAlive` tells whether its connection takes another request. */
  onEnd(keepsAlive: boolean): void;
}

type Part =
  | { readonly kind: "head" | "size" | "sizeEnd" | "trailers" | "close" }
  | { readonly kind: "length" | "chunk"; left: number };

const headEnd = Buffer.from("\r\n\r\n");
const lineEnd = Buffer.from("\r\n");

/**
 * Value of a header field in the text of a head; null where there is none.
 *
 * @param name in lower or upper case, without characters that mean something in a regular expression
 */
export function fieldOf(text: string, name: string): string | null {
  return new RegExp(`\r\n${name}:[ \t]*([^\r]*)`, "i").exec(text)?.[1] ?? null;
}

/**
 * Reads responses from the bytes of one connection, strictly: what is no HTTP/1.1 throws. Interim responses (1xx but
 * 101) are skipped.
 */
export class ResponseReader {
  readonly #next: () => AnswerListener | undefined;
  #listener: AnswerListener | undefined = undefined;
  #part: Part = { kind: "head" };
  #kept: Buffer | null = null;
  #keepsAlive = true;

  /** @param next gives the listener of the next response, when its head has come */
  constructor(next: () => AnswerListener | undefined) {
    this.#next = next;
  }

  /** Whether a response has begun that is not whole. */
  get isMidway(): boolean {
    return this.#part.kind !== "head";
  }

  /**
   * Takes bytes of the connection.
   * @returns what follows the head of a 101 response; null without one
   */
  push(bytes: Buffer): Buffer | null {
    let rest = this.#kept === null ? bytes : Buffer.concat([this.#kept, bytes]);
    this.#kept = null;
    while (rest.length > 0) {
      const before = rest.length;
      const part = this.#part;
      switch (part.kind) {
        case "head": {
          const at = rest.indexOf(headEnd);
          if (at < 0) return this.#keep(rest);
          const isUpgrade = this.#readHead(rest.toString("latin1", 0, at));
          rest = rest.subarray(at + headEnd.length);
          if (isUpgrade) return rest;
          break;
        }
        case "close":
          this.#listener?.onBody(rest);
          return null;
        case "size":
        case "sizeEnd":
        case "trailers": {
          const at = rest.indexOf(lineEnd);
          if (at < 0) return this.#keep(rest);
          this.#readLine(part.kind, rest.toString("latin1", 0, at));
          rest = rest.subarray(at + lineEnd.length);
          break;
        }
        case "length":
        case "chunk":
          rest = this.#readContent(part, rest);
          break;
      }
      if (rest.length === before) throw new Error(`Cannot read the response: stuck in its ${part.kind}`);
    }
    return null;
  }

  /**
   * The connection ended.
   * @returns whether that ended a response in order
   */
  end(): boolean {
    if (this.#part.kind !== "close") return false;
    this.#finish(false);
    return true;
  }

  #keep(rest: Buffer): null {
    if (rest.length > 256 * 1024) throw new Error("Cannot read the response: a line or head without end");
    this.#kept = rest;
    return null;
  }

  #readHead(text: string): boolean {
    const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(text)?.[1];
    if (status === undefined) throw new Error(`Cannot read the response: ${JSON.stringify(text.slice(0, 80))}`);
    const head = { status: Number(status), text };
    if (head.status < 200 && head.status !== 101) return false;
    const listener = this.#next();
    if (listener === undefined) throw new Error(`Cannot read a response nobody asked for: ${head.status}`);
    this.#listener = listener;
    listener.onHead(head);
    if (head.status === 101) return true;
    this.#keepsAlive = !/\r\nconnection:[ \t]*close/i.test(text);
    const length = fieldOf(text, "content-length");
    if (listener.method === "HEAD" || head.status === 204 || head.status === 304) this.#finish(this.#keepsAlive);
    else if (/\r\ntransfer-encoding:[ \t]*chunked/i.test(text)) this.#part = { kind: "size" };
    else if (length === null) this.#part = { kind: "close" };
    else if (Number(length) === 0) this.#finish(this.#keepsAlive);
    else this.#part = { kind: "length", left: Number(length) };
    return false;
  }

  #readLine(kind: "size" | "sizeEnd" | "trailers", line: string): void {
    if (kind === "trailers") {
      if (line === "") this.#finish(this.#keepsAlive);
      return;
    }
    if (kind === "sizeEnd") {
      if (line !== "") throw new Error(`Cannot read the response: ${JSON.stringify(line)} after a chunk`);
      this.#part = { kind: "size" };
      return;
    }
    if (!/^[\da-f]+$/i.test(line)) throw new Error(`Cannot read the response: chunk size ${JSON.stringify(line)}`);
    const left = Number.parseInt(line, 16);
    this.#part = left === 0 ? { kind: "trailers" } : { kind: "chunk", left };
  }

  #readContent(part: { readonly kind: "length" | "chunk"; left: number }, rest: Buffer): Buffer {
    const taken = rest.length <= part.left ? rest : rest.subarray(0, part.left);
    part.left -= taken.length;
    this.#listener?.onBody(taken);
    if (part.left === 0) {
      if (part.kind === "chunk") this.#part = { kind: "sizeEnd" };
      else this.#finish(this.#keepsAlive);
    }
    return rest.subarray(taken.length);
  }

  #finish(keepsAlive: boolean): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#part = { kind: "head" };
    listener?.onEnd(keepsAlive);
  }
}
