import { constants, type Http2Stream } from "node:http2";
import { Duplex } from "node:stream";
import type { BodyLength } from "../request-head.ts";
import type { MessageKind } from "../trailers.ts";
import { fieldsOf, linesOf } from "./fields.ts";
import { MessageReader, type MessageReceiver } from "./message-reader.ts";

/** A write of as much as a socket gives at once must not wait for "drain" alone. */
const writableHighWaterMark = 128 * 1024;

/** After its last byte was written, a stream gets this long to be read by its peer, in milliseconds. */
const unreadMs = 30_000;

const lastChunk = "0\r\n";

/** How what comes over the stream is told: as it is, in chunks, or not at all since there is none. */
export type Framing = "bare" | "chunked" | "none";

/**
 * A stream of HTTP/2 dressed as a socket of HTTP/1.1: one message is read from it and one written to it, as text. The
 * windows of HTTP/2 become the backpressure of a socket, resets become broken connections, and the other way round.
 */
export abstract class StreamSocket extends Duplex implements MessageReceiver {
  protected readonly reader: MessageReader;
  /** Code of the reset when the socket is destroyed before its messages are complete. */
  protected abstract readonly cutOffCode: number;
  #stream: Http2Stream | null = null;
  #framing: Framing = "none";
  #trailersIn = "";
  #trailersOut = "";
  /** Whether END_STREAM came. */
  #hasEnd = false;
  #hasAllRead = false;
  /** Bytes of text that were given to the stream. */
  #passedOn = 0;
  #onWritable: (() => void) | null = null;

  /** @param kind of the message that is written to it */
  constructor(kind: MessageKind) {
    super({ allowHalfOpen: true, decodeStrings: false, writableHighWaterMark });
    this.reader = new MessageReader(kind, this);
  }

  /** Reads a head of the gateway and sends it as fields. */
  abstract onHead(text: string, behind: number): BodyLength | "interim" | "tunnel";

  /** Whether the stream did what it was for, once it is closed. */
  protected abstract get isWhole(): boolean;

  protected get stream(): Http2Stream | null {
    return this.#stream;
  }

  /** Whether all of the message that comes over the stream has come. */
  protected get hasAllRead(): boolean {
    return this.#hasAllRead;
  }

  /** Bytes that the stream still holds: they are not sent before its peer's window allows it. */
  get unsentBytes(): number {
    return this.#stream?.writableLength ?? 0;
  }

  /** Bytes written so far, as text, those that wait among them. */
  get bytesWritten(): number {
    return this.#passedOn + this.writableLength - this.unsentBytes;
  }

  /** Takes the stream it is the dress of. */
  protected bind(stream: Http2Stream): void {
    this.#stream = stream;
    this.#watchEnd(stream);
    stream.on("trailers", (_fields: unknown, _flags: unknown, fields: string[]) => {
      this.#trailersIn = linesOf(fields);
    });
    stream.on("end", () => this.#onStreamEnd());
    stream.on("drain", () => this.#goOn());
    stream.on("error", ignore); // "close" follows
    stream.on("close", () => this.#onStreamClose(stream.rstCode ?? constants.NGHTTP2_NO_ERROR));
  }

  /** From here on it is read, in this form. */
  protected startReading(framing: Framing): void {
    this.#framing = framing;
    const stream = this.#stream;
    if (framing === "none") stream?.resume();
    else {
      stream?.on("data", (data: Buffer) => {
        if (!this.push(framing === "chunked" ? chunkOf(data) : data)) stream.pause();
      });
    }
  }

  /**
   * Ends the stream itself when the body is through, with the trailers, if any; it must have been opened with
   * `waitForTrailers`. Node says END_STREAM even where it resets a stream: so a body that is not sent at once would look
   * whole when it breaks off.
   */
  protected endByTrailers(): void {
    this.#stream?.once("wantTrailers", () => {
      if (this.#stream?.closed) return;
      try {
        this.#stream?.sendTrailers(fieldsOf(this.#trailersOut));
      } catch (error) {
        // Node refuses some trailers that HTTP/1.1 allows, such as a repeated one.
        this.destroy(error as Error);
      }
    });
  }

  onContent(data: Buffer): void {
    if (this.#stream?.writable) this.#stream.write(data);
  }

  onEnd(last: Buffer, trailers: string): void {
    this.#trailersOut = trailers;
    if (!this.#stream?.writable) return;
    if (last.length > 0) this.#stream.end(last);
    else this.#stream.end();
  }

  override _read(): void {
    this.#stream?.resume();
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    let isGood = false;
    this.#passedOn += chunk.length;
    try {
      isGood = this.reader.take(chunk);
    } catch (error) {
      return done(error as Error);
    }
    if (!isGood) return done(new Error("Cannot send the message over HTTP/2: its framing is broken"));
    if (this.#stream?.writableNeedDrain && !this.#stream.destroyed) this.#onWritable = done;
    else done();
  }

  /** Resolves when the stream's peer has been sent everything. */
  override _final(done: () => void): void {
    const stream = this.#stream;
    if (stream === null || stream.destroyed || stream.writableFinished) return done();
    if (!this.reader.isDone && !this.reader.isEndless) {
      this.resetAndDestroy();
      return done();
    }
    stream.once("close", done);
    stream.once("finish", () => {
      stream.off("close", done);
      if (!this.#hasAllRead && !this.reader.isEndless) stream.close(this.doneCode);
      done();
    });
    stream.end();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const stream = this.#stream;
    this.#onWritable = null;
    if (stream !== null && !stream.closed && !stream.destroyed) {
      const isWritten = this.reader.isDone || (this.reader.isEndless && this.writableEnded);
      if (!isWritten || error !== null) stream.close(this.cutOffCode);
      else if (!this.#hasAllRead) stream.close(this.doneCode);
      // What is written still has to reach its peer.
      else stream.setTimeout(unreadMs, () => stream.close(constants.NGHTTP2_CANCEL));
    }
    done(error);
  }

  /** Code of the reset that tells that the rest of the other message is not wanted. */
  protected get doneCode(): number {
    return constants.NGHTTP2_NO_ERROR;
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  resetAndDestroy(): this {
    this.#stream?.close(this.cutOffCode);
    return this.destroy();
  }

  #goOn(): void {
    const done = this.#onWritable;
    this.#onWritable = null;
    done?.();
  }

  /**
   * Node ends the readable side of a stream that is reset without an error as it does that of one that is complete. A
   * message cut off in this way must not look whole, so END_STREAM is told by when it happens: before the stream closes.
   */
  #watchEnd(stream: Http2Stream): void {
    // It may have come already, together with what opened the stream.
    if (stream.endAfterHeaders || (!stream.pending && !stream.closed && stream.state.remoteClose === 1)) {
      this.#hasEnd = true;
      return;
    }
    const { push } = stream;
    stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk === null && !stream.closed) this.#hasEnd = true;
      return push.call(stream, chunk, encoding);
    };
  }

  #onStreamEnd(): void {
    if (!this.#hasEnd) return;
    this.#hasAllRead = true;
    if (this.#framing === "chunked") this.push(`${lastChunk}${this.#trailersIn}\r\n`, "latin1");
    this.onReadEnd();
  }

  /** All of the message has come. The connection that the gateway sees is still open: its end would mean that a client is gone. */
  protected onReadEnd(): void {
    if (this.reader.isEndless) this.push(null);
  }

  #onStreamClose(code: number): void {
    if (!this.isWhole) {
      this.destroy(this.closeError(code));
      return;
    }
    // What was read and is still held back must not be lost with the stream.
    this.#goOn();
    if (!this.readableEnded) this.push(null);
    if (this.writable) this.end();
  }

  /** What the gateway is told when the stream was closed too early. */
  protected closeError(_code: number): Error | undefined {
    return undefined;
  }
}

// The gateway waits for what a socket still holds before it cuts it off. An accessor of Duplex, which its types call a
// field, so that a class cannot override it.
Object.defineProperty(StreamSocket.prototype, "writableLength", {
  get(this: StreamSocket) {
    return Number(Reflect.get(Duplex.prototype, "writableLength", this)) + this.unsentBytes;
  },
});

/** One chunk of the chunked coding. */
function chunkOf(data: Buffer): Buffer {
  const size = `${data.length.toString(16)}\r\n`;
  const chunk = Buffer.allocUnsafe(size.length + data.length + 2);
  chunk.write(size, 0, "latin1");
  data.copy(chunk, size.length);
  chunk.write("\r\n", size.length + data.length, "latin1");
  return chunk;
}

function ignore(): void {}
