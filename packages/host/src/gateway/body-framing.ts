import type { BodyLength } from "./request-head.ts";
import { areTrailers, type MessageKind } from "./trailers.ts";

/** Follows a body through chunks of bytes, to know where it ends. */
export interface BodyFraming {
  /**
   * Takes the bytes from `start` on that belong to the body.
   * @param onData told the content among them, without the framing of chunks; only where a receiver needs it bare.
   * @returns index after the last byte that belongs to the body, or -1 when the framing is broken.
   */
  consume(chunk: Buffer, start: number, onData?: (data: Buffer) => void): number;
  /** Whether the body is complete. */
  readonly isDone: boolean;
  /** Whether only the end of the connection ends the body. */
  readonly isEndless: boolean;
  /** Lines of the trailer section so far, each with its CRLF; empty without any. */
  readonly trailers: string;
}

/** The framing of a body. */
export function createBodyFraming(length: BodyLength, kind: MessageKind = "request"): BodyFraming {
  if (length === "chunked") return new ChunkedFraming(kind);
  return length === "close" ? endlessFraming : new LengthFraming(length);
}

class LengthFraming implements BodyFraming {
  readonly isEndless = false;
  readonly trailers = "";
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  get isDone(): boolean {
    return this.#left === 0;
  }

  consume(chunk: Buffer, start: number, onData?: (data: Buffer) => void): number {
    const end = Math.min(chunk.length, start + this.#left);
    this.#left -= end - start;
    if (onData !== undefined && end > start) onData(chunk.subarray(start, end));
    return end;
  }
}

const endlessFraming: BodyFraming = {
  isDone: false,
  isEndless: true,
  trailers: "",
  consume(chunk, start, onData) {
    onData?.(chunk.subarray(start));
    return chunk.length;
  },
};

const CR = 13;
const LF = 10;

/** Most bytes of the extensions of one chunk, of those of all chunks, and of all trailers. */
const maxExtension = 256;
const maxExtensions = 16 * 1024;
const maxTrailers = 16 * 1024;

/** `chunk-ext` (RFC 9112, 7.1.1) without the white space that is allowed around its parts and that nobody sends. */
const extensions =
  /^(?:;[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"))?)*$/;

type ChunkState =
  | "size"
  | "extension"
  | "size-lf"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailer"
  | "trailer-line"
  | "trailer-lf"
  | "end-lf"
  | "done";

/**
 * The chunked coding (RFC 9112, 7.1), read strictly: sizes of 1 to 13 hexadecimal digits right at the start of their
 * line, every line ended by CR and LF, no bare CR or LF anywhere in it, and nothing in extensions and trailers that must
 * not stand there.
 */
class ChunkedFraming implements BodyFraming {
  readonly isEndless = false;
  trailers = "";
  #state: ChunkState = "size";
  #size = 0;
  #digits = 0;
  /** Extensions of the current chunk. */
  #extension = "";
  #extensionBytes = 0;
  readonly #kind: MessageKind;

  constructor(kind: MessageKind) {
    this.#kind = kind;
  }

  get isDone(): boolean {
    return this.#state === "done";
  }

  consume(chunk: Buffer, start: number, onData?: (data: Buffer) => void): number {
    let at = start;
    while (at < chunk.length && this.#state !== "done") {
      if (this.#state === "data") {
        const end = Math.min(chunk.length, at + this.#size);
        onData?.(chunk.subarray(at, end));
        this.#size -= end - at;
        at = end;
        if (this.#size === 0) this.#state = "data-cr";
      } else if (!this.#step(chunk[at] ?? 0)) {
        return -1;
      } else {
        at++;
      }
    }
    return at;
  }

  /** Takes one byte outside of data; false when it must not stand there. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case "size":
        return this.#stepSize(byte);
      case "extension":
        return byte === CR ? this.#endExtension() : this.#stepExtension(byte);
      case "size-lf":
        if (byte !== LF) return false;
        this.#digits = 0;
        this.#extension = "";
        return this.#to(this.#size === 0 ? "trailer" : "data");
      case "data-cr":
        return byte === CR && this.#to("data-lf");
      case "data-lf":
        return byte === LF && this.#to("size");
      case "trailer":
        return byte === CR ? this.#to("end-lf") : this.#stepTrailer(byte) && this.#to("trailer-line");
      case "trailer-line":
        return this.#stepTrailer(byte) && (byte !== CR || this.#to("trailer-lf"));
      case "trailer-lf":
        return byte === LF && this.#stepTrailer(byte) && this.#to("trailer");
      case "end-lf":
        return byte === LF && areTrailers(this.trailers, this.#kind) && this.#to("done");
      default:
        return false;
    }
  }

  #stepSize(byte: number): boolean {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#size = this.#size * 16 + digit;
      return ++this.#digits <= 13;
    }
    if (this.#digits === 0) return false;
    if (byte === CR) return this.#to("size-lf");
    return byte === 0x3b && this.#stepExtension(byte) && this.#to("extension");
  }

  #stepExtension(byte: number): boolean {
    this.#extension += String.fromCharCode(byte);
    return this.#extension.length <= maxExtension;
  }

  #endExtension(): boolean {
    this.#extensionBytes += this.#extension.length;
    return this.#extensionBytes <= maxExtensions && extensions.test(this.#extension) && this.#to("size-lf");
  }

  #stepTrailer(byte: number): boolean {
    this.trailers += String.fromCharCode(byte);
    return this.trailers.length <= maxTrailers;
  }

  #to(state: ChunkState): true {
    this.#state = state;
    return true;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
