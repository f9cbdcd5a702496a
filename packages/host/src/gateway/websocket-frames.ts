import { randomBytes } from "node:crypto";

const closeOpcode = 0x8;

/** Follows the frames of a WebSocket in one direction (RFC 6455, 5.2), to know where they end; it looks at headers only. */
export class WebSocketFrames {
  /** Whether a Close frame has passed: none may follow it. */
  hasClosed = false;
  /** Bytes of the current frame's header so far; 0 between frames. */
  #headerBytes = 0;
  /** Bytes that its header has; known from its second byte on. */
  #headerLength = 2;
  /** Where the payload's length ends in it. */
  #lengthEnd = 2;
  #payloadLeft = 0;
  #opcode = 0;

  /** Whether the last byte was the last one of its frame, or there was none yet. */
  get isBetween(): boolean {
    return this.#headerBytes === 0;
  }

  /**
   * Takes bytes from `start` on: all of them, or those up to the end of the current frame.
   * @returns index after the last byte taken
   */
  take(chunk: Buffer, start: number, onlyCurrent: boolean): number {
    let at = start;
    while (at < chunk.length && !(onlyCurrent && this.#headerBytes === 0)) {
      if (this.#headerBytes < this.#headerLength) {
        this.#stepHeader(chunk[at++] ?? 0);
      } else {
        const end = Math.min(chunk.length, at + this.#payloadLeft);
        this.#payloadLeft -= end - at;
        at = end;
      }
      if (this.#headerBytes === this.#headerLength && this.#payloadLeft === 0) this.#endFrame();
    }
    return at;
  }

  #stepHeader(byte: number): void {
    const position = this.#headerBytes++;
    if (position === 0) {
      this.#opcode = byte & 0x0f;
    } else if (position === 1) {
      const length = byte & 0x7f;
      const lengthBytes = length === 126 ? 2 : length === 127 ? 8 : 0;
      this.#payloadLeft = lengthBytes === 0 ? length : 0;
      this.#headerLength = 2 + lengthBytes + (byte & 0x80 ? 4 : 0);
      this.#lengthEnd = 2 + lengthBytes;
    } else if (position < this.#lengthEnd) {
      this.#payloadLeft = this.#payloadLeft * 256 + byte;
    }
  }

  #endFrame(): void {
    if (this.#opcode === closeOpcode) this.hasClosed = true;
    this.#headerBytes = 0;
    this.#headerLength = 2;
  }
}

/** A Close frame with this status code; a client's frames are masked (RFC 6455, 5.3). */
export function closeFrame(code: number, isMasked: boolean): Buffer {
  const payload = Buffer.from([code >> 8, code & 0xff]);
  if (!isMasked) return Buffer.concat([Buffer.from([0x80 | closeOpcode, payload.length]), payload]);
  const key = randomBytes(4);
  const masked = payload.map((byte, at) => byte ^ (key[at] ?? 0));
  return Buffer.concat([Buffer.from([0x80 | closeOpcode, 0x80 | payload.length]), key, masked]);
}
