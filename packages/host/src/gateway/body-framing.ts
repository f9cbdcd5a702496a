import type { BodyLength } from "./request-head.ts";

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
export function createBodyFraming(length: BodyLength): BodyFraming {
  if (length === "chunked") return new ChunkedFraming();
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

/** Longest line of a chunk's size with its extensions, and of all trailers, in bytes. */
const maxSizeLine = 256;
const maxTrailers = 16 * 1024;

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
 * line, every line ended by CR and LF, and no bare CR or LF anywhere in it.
 */
class ChunkedFraming implements BodyFraming {
  readonly isEndless = false;
  trailers = "";
  #state: ChunkState = "size";
  #size = 0;
  #digits = 0;
  #lineLength = 0;

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
        if (byte === CR) return this.#to("size-lf");
        return byte !== LF && ++this.#lineLength <= maxSizeLine;
      case "size-lf":
        if (byte !== LF) return false;
        this.#digits = 0;
        this.#lineLength = 0;
        return this.#to(this.#size === 0 ? "trailer" : "data");
      case "data-cr":
        return byte === CR && this.#to("data-lf");
      case "data-lf":
        return byte === LF && this.#to("size");
      case "trailer":
        if (byte === CR) return this.#to("end-lf");
        this.trailers += String.fromCharCode(byte);
        return byte !== LF && this.#to("trailer-line");
      case "trailer-line":
        if (byte === CR) return this.#to("trailer-lf");
        this.trailers += String.fromCharCode(byte);
        return byte !== LF && ++this.#lineLength <= maxTrailers;
      case "trailer-lf":
        this.trailers += "\r\n";
        return byte === LF && this.#to("trailer");
      case "end-lf":
        return byte === LF && this.#to("done");
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
    return byte === 0x3b && this.#to("extension");
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
