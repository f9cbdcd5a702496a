import type { HostErrorCode } from "../errors.ts";
import type { ClientConnection } from "./client-connection.ts";
import { statusOf, writeErrorAnswer } from "./error-response.ts";
import { type ExchangeRequest, joinedBytesLimit } from "./exchange-request.ts";
import type { ResponseHead } from "./response-head.ts";

const eventStream = /^content-type:[ \t]*text\/event-stream/im;
/** What may be silent between two parts: events, pictures of a camera, messages of a gRPC stream. */
const quietStream = /^content-type:[ \t]*(?:text\/event-stream|multipart\/x-mixed-replace|application\/grpc)/im;

/** The response's half of an exchange: to the client, from an instance or from the gateway itself. */
export class ExchangeResponse {
  /** 0 until it has begun. */
  status = 0;
  /** Bytes of its body so far, with their framing. */
  bytes = 0;
  /** Whether the client's connection is kept after it. */
  keepsAlive = false;
  readonly #connection: ClientConnection;
  readonly #request: ExchangeRequest;
  /** Its head while that waits to be written with the first bytes of the body. */
  #headText: string | null = null;
  #lines = "";

  constructor(connection: ClientConnection, request: ExchangeRequest) {
    this.#connection = connection;
    this.#request = request;
  }

  get isEventStream(): boolean {
    return eventStream.test(this.#lines);
  }

  /** Whether its app may be silent in the middle of it for as long as a stream may. */
  get isQuiet(): boolean {
    return quietStream.test(this.#lines);
  }

  /** Passes a 1xx response on; HTTP/1.0 knows none. */
  writeInterim(head: Buffer): void {
    if (this.#request.head.minorVersion === 1) this.#connection.socket.write(head);
  }

  /**
   * Begins the instance's response. The head is written with what follows it, or by `flushHead`.
   *
   * @param ownLines header lines that the gateway adds
   * @returns whether the body must be written without its chunks: HTTP/1.0 knows none, the end of the connection ends it.
   */
  begin(head: ResponseHead, isLast: boolean, ownLines: string): boolean {
    this.status = head.status;
    this.#lines = head.lines;
    const isUnchunked = this.#request.head.minorVersion === 0 && head.body === "chunked";
    const lines = isUnchunked ? head.lines.replace(/^transfer-encoding:.*\r\n/im, "") : head.lines;
    // A stream of events may outlive the host's wish to stop: nobody knows whether another request may follow it.
    const isEndless = isUnchunked || head.body === "close" || (head.body === "chunked" && this.isEventStream);
    this.keepsAlive = this.#request.head.keepAlive && !isEndless && !isLast && !this.#request.isBodyUncertain;
    this.#headText = `HTTP/1.1 ${head.statusText}\r\n${lines}${ownLines}${this.#connectionLines()}\r\n`;
    return isUnchunked;
  }

  flushHead(): void {
    const text = this.#headText;
    if (text === null) return;
    this.#headText = null;
    this.#connection.socket.write(text, "latin1");
  }

  /**
   * Writes bytes of the instance's body.
   * @returns whether the client takes more; else its connection tells when.
   */
  write(chunk: Buffer, start: number, end: number): boolean {
    const text = this.#headText;
    if (text !== null && end - start <= joinedBytesLimit) {
      this.#headText = null;
      this.#connection.socket.write(text + chunk.toString("latin1", start, end), "latin1");
      return true;
    }
    this.flushHead();
    return this.#connection.socket.write(start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end));
  }

  /** Answers with an error of the gateway, all at once. */
  writeError(code: HostErrorCode, message: string, isLast: boolean, retryAfterSeconds?: number): void {
    this.#beginOwn(statusOf(code), isLast);
    writeErrorAnswer(this.#connection.socket, {
      code,
      message,
      requestId: this.#request.id,
      closes: !this.keepsAlive,
      isHead: this.#request.head.method === "HEAD",
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });
  }

  /** Answers a request to the gateway itself, all at once. */
  writeOwn(status: string, body: string, isLast: boolean): void {
    this.#beginOwn(Number.parseInt(status, 10), isLast);
    const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${this.#connectionLines()}\r\n`;
    this.#connection.socket.write(this.#request.head.method === "HEAD" ? head : head + body, "latin1");
  }

  /** What is left of a body that nobody reads is not waited for. */
  #beginOwn(status: number, isLast: boolean): void {
    this.status = status;
    this.keepsAlive = this.#request.head.keepAlive && this.#request.isSent && !isLast;
  }

  #connectionLines(): string {
    return this.keepsAlive ? this.#connection.keepAliveLines : "Connection: close\r\n";
  }
}
