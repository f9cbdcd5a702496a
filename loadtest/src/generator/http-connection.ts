import { connect, type Socket } from "node:net";
import { type AnswerListener, ResponseReader } from "./response-reader.ts";

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a server listens: an address, or the path of a Unix socket. */
export type Endpoint = Address | { readonly path: string };

/** Told how one request of a connection went: the parts of its response, or that there is none. */
export interface AnswerReceiver extends AnswerListener {
  /** The connection ended, or broke, before the response was whole. */
  onBroken(cause: Error | null): void;
  /** After the head of a 101 response: the socket is the receiver's from here on. */
  onUpgrade?(socket: Socket, first: Buffer): void;
}

/** Address of a URL such as `http://127.0.0.1:3000/`. */
export function addressOf(url: string): Address {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/**
 * A connection of a client that does what it is told and nothing else: no retry, no header of its own, requests ahead of
 * responses where the caller writes them so.
 */
export class HttpConnection {
  readonly socket: Socket;
  /** When its last response was whole, on the clock of `performance.now()`; when it was made, before. */
  idleSince: number = performance.now();
  /** Requests sent. */
  requests = 0;
  readonly #waiting: AnswerReceiver[] = [];
  readonly #reader: ResponseReader;
  readonly #onIdle: ((connection: HttpConnection) => void) | null;
  /** The receiver of the response that is coming, once its head came. */
  #current: AnswerReceiver | null = null;
  #isOver = false;

  /** @param onIdle told when the last response asked for is whole and another request may follow */
  constructor(endpoint: Endpoint, onIdle: ((connection: HttpConnection) => void) | null = null) {
    this.#onIdle = onIdle;
    this.#reader = new ResponseReader(() => this.#begin());
    this.socket = connect({ ...endpoint, noDelay: true });
    let cause: Error | null = null;
    this.socket.on("data", (bytes) => this.#read(bytes));
    this.socket.on("error", (error) => {
      cause = error;
    });
    this.socket.on("end", () => this.#reader.end());
    this.socket.on("close", () => this.#break(cause));
  }

  /** Whether another request may be sent. */
  get isOpen(): boolean {
    return !this.#isOver && this.socket.writable;
  }

  /** Writes a request, or its first part; the rest may follow over `socket`. */
  send(bytes: string | Buffer, receiver: AnswerReceiver): void {
    this.requests++;
    this.#waiting.push(receiver);
    if (typeof bytes === "string") this.socket.write(bytes, "latin1");
    else this.socket.write(bytes);
  }

  /** Ends the connection; a receiver that still waits is told. */
  destroy(): void {
    this.socket.destroy();
  }

  #read(bytes: Buffer): void {
    if (this.#isOver) return;
    try {
      const first = this.#reader.push(bytes);
      if (first !== null) this.#upgrade(first);
    } catch (error) {
      this.socket.destroy();
      this.#break(error as Error);
    }
  }

  #begin(): AnswerListener | undefined {
    const receiver = this.#waiting.shift();
    if (receiver === undefined) return undefined;
    this.#current = receiver;
    return {
      method: receiver.method,
      onHead: (head) => receiver.onHead(head),
      onBody: (chunk) => receiver.onBody(chunk),
      onEnd: (keepsAlive) => {
        this.#current = null;
        this.idleSince = performance.now();
        if (!keepsAlive) this.#isOver = true;
        receiver.onEnd(keepsAlive);
        if (!keepsAlive) this.socket.end();
        else if (this.#waiting.length === 0) this.#onIdle?.(this);
      },
    };
  }

  #upgrade(first: Buffer): void {
    this.#isOver = true;
    this.socket.removeAllListeners("data").removeAllListeners("end").removeAllListeners("close");
    const receiver = this.#current;
    this.#current = null;
    if (receiver?.onUpgrade === undefined) this.socket.destroy();
    else receiver.onUpgrade(this.socket, first);
  }

  #break(cause: Error | null): void {
    this.#isOver = true;
    const lost = [...(this.#current === null ? [] : [this.#current]), ...this.#waiting.splice(0)];
    this.#current = null;
    for (const receiver of lost) receiver.onBroken(cause);
  }
}
