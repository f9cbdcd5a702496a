import { type BodyFraming, createBodyFraming } from "../body-framing.ts";
import type { BodyLength } from "../request-head.ts";
import type { MessageKind } from "../trailers.ts";

/** Told what a message of HTTP/1.1 consists of. */
export interface MessageReceiver {
  /**
   * A head: its start line and header lines, each with its CRLF.
   * @param behind bytes that came together with it, behind its end
   * @returns the length of the body behind it; "interim" when another head follows; "tunnel" when what follows is no HTTP
   */
  onHead(text: string, behind: number): BodyLength | "interim" | "tunnel";
  /** Content of the body, without its framing. */
  onContent(data: Buffer): void;
  /** The message is complete: its last content, empty if that came before, and the lines of its trailers. */
  onEnd(last: Buffer, trailers: string): void;
}

const nothing = Buffer.alloc(0);

/** Reads one message of HTTP/1.1 that the gateway wrote, to say it in HTTP/2. The gateway has checked all of it. */
export class MessageReader {
  readonly #kind: MessageKind;
  readonly #receiver: MessageReceiver;
  #partialHead = "";
  #framing: BodyFraming | null = null;
  #isTunnel = false;

  constructor(kind: MessageKind, receiver: MessageReceiver) {
    this.#kind = kind;
    this.#receiver = receiver;
  }

  /** Whether all of the message has been read. */
  get isDone(): boolean {
    return this.#framing?.isDone ?? false;
  }

  /** Whether the message ends where the connection does. */
  get isEndless(): boolean {
    return this.#isTunnel || (this.#framing?.isEndless ?? false);
  }

  /** Takes the next bytes; returns false when they are malformed. */
  take(chunk: string | Buffer): boolean {
    if (this.#isTunnel) {
      this.#receiver.onContent(bytesOf(chunk));
      return true;
    }
    if (this.#framing !== null) return this.isDone || this.#takeBody(this.#framing, bytesOf(chunk));
    const text = this.#partialHead + (typeof chunk === "string" ? chunk : chunk.toString("latin1"));
    const end = text.indexOf("\r\n\r\n");
    this.#partialHead = end < 0 ? text : "";
    if (end < 0) return true;
    const rest = text.slice(end + 4);
    const length = this.#receiver.onHead(text.slice(0, end + 2), rest.length);
    if (length === "tunnel") this.#isTunnel = true;
    else if (length !== "interim") return this.#takeBody(this.#begin(length), Buffer.from(rest, "latin1"));
    return rest === "" || this.take(rest);
  }

  #begin(length: BodyLength): BodyFraming {
    this.#framing = createBodyFraming(length, this.#kind);
    return this.#framing;
  }

  #takeBody(framing: BodyFraming, chunk: Buffer): boolean {
    // The last piece is held back until it is known whether it is the last: then one frame can end the stream.
    let last: Buffer = nothing;
    const end = framing.consume(chunk, 0, (data) => {
      if (last.length > 0) this.#receiver.onContent(last);
      last = data;
    });
    if (end < 0) return false;
    if (framing.isDone) this.#receiver.onEnd(last, framing.trailers);
    else if (last.length > 0) this.#receiver.onContent(last);
    return true;
  }
}

function bytesOf(chunk: string | Buffer): Buffer {
  return typeof chunk === "string" ? Buffer.from(chunk, "latin1") : chunk;
}
