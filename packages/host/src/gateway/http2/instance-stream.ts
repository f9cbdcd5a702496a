import { createHash } from "node:crypto";
import { STATUS_CODES } from "node:http";
import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { ClientSocket } from "../connection-info.ts";
import type { BodyLength } from "../request-head.ts";
import { fieldsOf, linesOf } from "./fields.ts";
import type { InstanceSessions } from "./instance-sessions.ts";
import { StreamSocket } from "./stream-socket.ts";

const chunkedField = /^transfer-encoding:/im;
const webSocketField = /^upgrade:[ \t]*websocket[ \t]*\r$/im;
const lengthField = /^content-length:.*\r\n/im;

/**
 * A stream to an instance that speaks HTTP/2: the gateway writes a request to it and reads the response as HTTP/1.1. Of
 * each there is one: the head of the response says that the connection closes.
 */
export class InstanceStream extends StreamSocket implements ClientSocket {
  protected readonly cutOffCode: number = constants.NGHTTP2_CANCEL;
  readonly #sessions: InstanceSessions;
  #method = "";
  /** `Sec-WebSocket-Key` of a request that is to become a WebSocket; null otherwise. */
  #webSocketKey: string | null = null;
  #takesWebSockets = false;
  #hasReached = false;
  #isConnected: () => boolean = () => false;

  constructor(sessions: InstanceSessions) {
    super("request");
    this.#sessions = sessions;
  }

  protected get isWhole(): boolean {
    return this.hasAllRead;
  }

  /** Without a complete response the request is given up, however much of it was sent. */
  protected override get doneCode(): number {
    return constants.NGHTTP2_CANCEL;
  }

  /** Whether a WebSocket can be asked for has to be known before that is done. */
  override _write(chunk: string | Buffer, encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.stream !== null || !webSocketField.test(chunk.toString("latin1")))
      return super._write(chunk, encoding, done);
    this.#sessions.askForWebSockets((takesThem) => {
      this.#takesWebSockets = takesThem;
      super._write(chunk, encoding, done);
    });
  }

  onHead(text: string, behind: number): BodyLength | "tunnel" {
    const lineEnd = text.indexOf("\r\n");
    const [method = "", path = ""] = text.slice(0, lineEnd).split(" ");
    const lines = text.slice(lineEnd + 2);
    const { host = "", "content-length": length, ...fields } = fieldsOf(lines);
    this.#method = method;
    const body = chunkedField.test(lines) ? "chunked" : Number(length ?? 0);
    if (length !== undefined) fields["content-length"] = length;
    const pseudo = { ":method": method, ":path": path, ":scheme": "http", ":authority": String(host) };
    const key = fields["sec-websocket-key"];
    if (key !== undefined && this.#takesWebSockets && webSocketField.test(lines)) {
      // RFC 8441, 5: the key is for HTTP/1.1 alone.
      delete fields["sec-websocket-key"];
      this.#webSocketKey = String(key);
      this.#open({ ...pseudo, ":method": "CONNECT", ":protocol": "websocket", ...fields }, false, true);
      return "tunnel";
    }
    const isAllThere = typeof body === "number" && body <= behind;
    this.#open({ ...pseudo, ...fields }, body === 0, !isAllThere);
    return body;
  }

  #open(fields: OutgoingHttpHeaders, endStream: boolean, waitForTrailers: boolean): void {
    const { stream, isConnected } = this.#sessions.request(fields, { endStream, waitForTrailers });
    this.#isConnected = isConnected;
    this.bind(stream);
    if (waitForTrailers) this.endByTrailers();
    stream.on("headers", (head: IncomingHttpHeaders & IncomingHttpStatusHeader, _flags: number, raw: string[]) => {
      this.#reached();
      this.push(`${statusLine(head[":status"])}${linesOf(raw)}\r\n`, "latin1");
    });
    stream.once("response", (head: IncomingHttpHeaders & IncomingHttpStatusHeader, flags: number, raw: string[]) =>
      this.#onResponse(stream, head, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0, raw),
    );
  }

  #onResponse(
    stream: ClientHttp2Stream,
    head: IncomingHttpHeaders & IncomingHttpStatusHeader,
    endsStream: boolean,
    raw: readonly string[],
  ): void {
    this.#reached();
    const status = head[":status"] ?? 0;
    const lines = linesOf(raw);
    if (this.#webSocketKey !== null && status === 200) {
      const accept = acceptKey(this.#webSocketKey);
      this.push(
        `${statusLine(101)}${lines}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
        "latin1",
      );
      return this.startReading("bare");
    }
    const hasNoBody = this.#method === "HEAD" || status === 204 || status === 304;
    const { "content-length": length, trailer } = head;
    // With a length HTTP/1.1 has no place for trailers.
    const isChunked = !endsStream && !hasNoBody && (length === undefined || trailer !== undefined);
    const framing = isChunked
      ? `${lines.replace(lengthField, "")}Transfer-Encoding: chunked\r\n`
      : `${lines}${endsStream && !hasNoBody && length === undefined ? "Content-Length: 0\r\n" : ""}`;
    this.push(`${statusLine(status)}${framing}Connection: close\r\n\r\n`, "latin1");
    if (endsStream || hasNoBody) stream.resume();
    else this.startReading(isChunked ? "chunked" : "bare");
  }

  /**
   * The request may have been seen by the instance. Told as late as that is certain: it could still be refused unseen
   * (RFC 9113, 8.7), and be sent to another instance then.
   */
  #reached(): void {
    if (this.#hasReached) return;
    this.#hasReached = true;
    this.emit("connect");
  }

  protected override closeError(code: number): Error {
    if (code !== constants.NGHTTP2_REFUSED_STREAM && this.#isConnected()) this.#reached();
    return new Error(`its HTTP/2 stream was closed with code ${code}`);
  }
}

function statusLine(status: number | undefined = 0): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
}

/** RFC 6455, 4.2.2. */
function acceptKey(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}
