import type { InvocationRecord } from "@tidegate/core";
import type { AdmissibleRequest } from "../activator/waiter.ts";
import { type BodyFraming, createBodyFraming } from "./body-framing.ts";
import type { ClientConnection } from "./client-connection.ts";
import { heldBodies } from "./held-bodies.ts";
import { clientOf, cookieOf, headBytesOf } from "./request-facts.ts";
import type { RequestHead } from "./request-head.ts";
import type { UpstreamConnection } from "./upstream.ts";

/** So much of a body is kept, in bytes, to send it again when its instance dies; with more of it no replay. */
const heldBytesLimit = 64 * 1024;

/** Bodies up to this many bytes are written together with their head, in one string and one system call. */
export const joinedBytesLimit: number = 8 * 1024;

/** The request's half of an exchange: from the client to an instance, its start held for a replay. */
export class ExchangeRequest implements AdmissibleRequest {
  readonly head: RequestHead;
  readonly id: string;
  /** Bytes of its body so far, with their framing. */
  bytes = 0;
  readonly #connection: ClientConnection;
  readonly #framing: BodyFraming;
  #held: Buffer[] | null = [];
  #heldBytes = 0;
  #hasContinued = false;
  #maxContentBytes = Number.POSITIVE_INFINITY;
  /** Bytes of a chunked body without its framing; counted only where they are limited. */
  #contentBytes = 0;
  #countContent: ((data: Buffer) => void) | undefined = undefined;

  constructor(connection: ClientConnection, head: RequestHead, id: string) {
    this.#connection = connection;
    this.head = head;
    this.id = id;
    this.#framing = createBodyFraming(head.body);
  }

  /** What the client speaks. */
  get protocol(): InvocationRecord["protocol"] {
    if (this.#connection.info.isHttp2) return "h2";
    return this.head.minorVersion === 0 ? "http/1.0" : "http/1.1";
  }

  get clientAddress(): string {
    return clientOf(this.#connection.info.address, this.#connection.forwardedLines(this.head));
  }

  get headBytes(): number {
    return headBytesOf(this.head);
  }

  cookie(name: string): string | null {
    return cookieOf(this.head, name);
  }

  /** Whether all of it has arrived. */
  get isSent(): boolean {
    return this.#framing.isDone;
  }

  /** Whether all that came of it is kept, and can be sent once more. */
  get isHeld(): boolean {
    return this.#held !== null;
  }

  /** Whether no more of it is read while it waits for an instance. */
  get mustPause(): boolean {
    return !this.isSent && (this.bytes > heldBytesLimit || heldBodies.isFull);
  }

  /** Whether its body is larger than it may be. */
  get isTooLarge(): boolean {
    return this.#contentBytes > this.#maxContentBytes;
  }

  /** After a final answer without `100 Continue` the client may or may not send the body: nobody can tell what follows. */
  get isBodyUncertain(): boolean {
    return this.head.expectsContinue && !this.#hasContinued && !this.isSent;
  }

  limitBody(maxBytes: number): boolean {
    if (typeof this.head.body === "number") return this.head.body > maxBytes;
    this.#maxContentBytes = maxBytes;
    if (this.#countContent === undefined) {
      this.#countContent = (data) => {
        this.#contentBytes += data.length;
      };
      // What came with the head, before its function was known, is all there.
      const framing = createBodyFraming(this.head.body);
      for (const part of this.#held ?? []) framing.consume(part, 0, this.#countContent);
    }
    return this.isTooLarge;
  }

  /** Writes the head, and what came of the body, to an instance. */
  sendTo({ socket }: UpstreamConnection): void {
    const text = this.#headText();
    const held = this.#held ?? [];
    const first = held[0];
    if (first === undefined) {
      socket.write(text, "latin1");
    } else if (held.length === 1 && first.length <= joinedBytesLimit) {
      socket.write(text + first.toString("latin1"), "latin1");
    } else {
      socket.cork();
      socket.write(text, "latin1");
      for (const chunk of held) socket.write(chunk);
      socket.uncork();
    }
    this.#dropIfLarge();
    this.resume();
  }

  /**
   * Takes bytes of the body, and writes them to the instance, where there is one.
   * @returns index after the last one that belongs to it, -1 when its framing is broken.
   */
  take(chunk: Buffer, start: number, upstream: UpstreamConnection | null): number {
    const end = this.#framing.consume(chunk, start, this.#countContent);
    if (end <= start) return end;
    const part = start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end);
    this.bytes += part.length;
    this.#hasContinued = true;
    this.#hold(part);
    if (upstream === null) return end;
    this.#dropIfLarge();
    if (!upstream.socket.write(part) && !this.isSent) this.pause();
    if (this.isSent) upstream.onRequestSent();
    return end;
  }

  /** The instance asked for the body, or is about to. */
  continued(): void {
    this.#hasContinued = true;
  }

  /** It is not sent again. */
  dropHeld(): void {
    if (this.#heldBytes > 0) heldBodies.remove(this.#heldBytes);
    this.#heldBytes = 0;
    this.#held = null;
  }

  pause(): void {
    this.#connection.socket.pause();
  }

  /** Reads on, where something is left to read. */
  resume(): void {
    if (!this.isSent) this.#connection.socket.resume();
  }

  #hold(part: Buffer): void {
    if (this.#held === null) return;
    this.#held.push(part);
    this.#heldBytes += part.length;
    heldBodies.add(part.length);
  }

  /** While it waits all of it is held; once it is on its way only what a replay is worth. */
  #dropIfLarge(): void {
    if (this.bytes > heldBytesLimit || (this.#heldBytes > 0 && heldBodies.isFull)) this.dropHeld();
  }

  #headText(): string {
    const { method, target, lines, upgrade } = this.head;
    const upgradeLines = upgrade === null ? "" : `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
    const forwarded = this.#connection.forwardedLines(this.head);
    return `${method} ${target} HTTP/1.1\r\n${lines}${forwarded}X-Request-Id: ${this.id}\r\n${upgradeLines}\r\n`;
  }
}
