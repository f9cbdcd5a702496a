/** Base64 (RFC 4648, 4) of bytes that come in pieces. */
export class Base64Text {
  #text = "";
  /** Bytes of an unfinished group of three. */
  #rest: Buffer | undefined;

  /** Encodes a piece; the memory is the caller's again when this returns. */
  push(piece: Uint8Array): void {
    let bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const rest = this.#rest;
    if (rest !== undefined) bytes = Buffer.concat([rest, bytes]);
    const whole = bytes.length - (bytes.length % 3);
    this.#text += bytes.toString("base64", 0, whole);
    this.#rest = whole === bytes.length ? undefined : Buffer.from(bytes.subarray(whole));
  }

  /** Finishes and returns the text. */
  end(): string {
    if (this.#rest !== undefined) this.#text += this.#rest.toString("base64");
    this.#rest = undefined;
    return this.#text;
  }
}
