import { connect } from "node:net";
import type { Endpoint } from "../launcher/launcher.ts";
import { type BodyFraming, createBodyFraming } from "./body-framing.ts";
import type { ClientSocket } from "./connection-info.ts";
import { InstanceSessions } from "./http2/instance-sessions.ts";
import { mayBeResponseHead, parseResponseHead, type ResponseHead } from "./response-head.ts";

/** Largest head of a response, in bytes: twice what Node lets an app send by default. */
const maxResponseHeadBytes = 64 * 1024;

/** Most bytes of 1xx responses before a response: they are not held back for a client that does not read. */
const maxInterimBytes = 64 * 1024;

/** Who sends a request over a connection and gets its response. */
export interface ResponseReceiver {
  /** Method of the request. */
  readonly method: string;
  /** Whether all of the request has been written. */
  readonly isRequestSent: boolean;
  /** Told the body's content without its framing, where the receiver wants that. */
  readonly onContent: ((data: Buffer) => void) | undefined;
  /** A 1xx response other than 101, without what is for this hop only. */
  onInterim(head: Buffer): void;
  /** The response's head; `more` tells that its first bytes of body, or its end, follow at once. */
  onHead(head: ResponseHead, more: boolean): void;
  /** The head of a 101 response: the socket, and the first bytes read from it, are the receiver's from here on. */
  onUpgrade(head: ResponseHead, socket: ClientSocket, first: Buffer): void;
  /** Bytes of the body with their framing. */
  onBody(chunk: Buffer, start: number, end: number): void;
  /** The response is complete. */
  onComplete(): void;
  /** The connection ended before the response was complete, for this reason. */
  onBroken(code: "TIDEGATE_INSTANCE_LOST" | "TIDEGATE_RESPONSE_INVALID", cause: Error | null): void;
  /** The connection takes more bytes after a write returned false. */
  onWritable(): void;
}

/** Keep-alive connections to one instance. */
export interface UpstreamClient {
  /** An idle connection, or a new one; give it a receiver by `begin`. */
  acquire(): UpstreamConnection;
  /** Closes idle connections, and each other one when its response is complete. */
  close(): void;
}

/** What an instance speaks: HTTP/1.1, or HTTP/2 without TLS. */
export type UpstreamProtocol = "http1" | "h2c";

/** Opens connections to an instance; one request at a time goes over each, and idle ones are used again. */
export function createUpstreamClient(endpoint: Endpoint, protocol: UpstreamProtocol = "http1"): UpstreamClient {
  const sessions = protocol === "h2c" ? new InstanceSessions(endpoint) : null;
  const open = (): ClientSocket =>
    sessions === null ? connect({ ...endpoint, noDelay: true, allowHalfOpen: true }) : sessions.open();
  const idle: UpstreamConnection[] = [];
  let isClosed = false;
  const onIdle = (connection: UpstreamConnection): void => {
    if (isClosed) connection.destroy();
    else idle.push(connection);
  };
  const onClosed = (connection: UpstreamConnection): void => {
    const at = idle.indexOf(connection);
    if (at >= 0) idle.splice(at, 1);
  };
  return {
    // The one used last: its memory is warm, and surplus ones stay unused and can be closed.
    acquire: () => popOpen(idle) ?? new UpstreamConnection(open(), onIdle, onClosed),
    close: () => {
      isClosed = true;
      for (const connection of idle.splice(0)) connection.destroy();
      sessions?.close();
    },
  };
}

/** The last one that is not known to be closed. */
function popOpen(idle: UpstreamConnection[]): UpstreamConnection | undefined {
  for (let last = idle.pop(); last !== undefined; last = idle.pop()) if (!last.socket.destroyed) return last;
  return undefined;
}

/** One connection to an instance. */
export class UpstreamConnection {
  readonly socket: ClientSocket;
  readonly #onIdle: (connection: UpstreamConnection) => void;
  #receiver: ResponseReceiver | null = null;
  #partial: Buffer | null = null;
  #framing: BodyFraming | null = null;
  #isReusable = true;
  /** Bytes of 1xx responses before the current one. */
  #interimBytes = 0;
  /** The response is complete, but its request is still being written. */
  #isAnswered = false;
  #hasConnected = false;

  constructor(
    socket: ClientSocket,
    onIdle: (connection: UpstreamConnection) => void,
    onClosed: (connection: UpstreamConnection) => void,
  ) {
    this.socket = socket;
    this.#onIdle = onIdle;
    let cause: Error | null = null;
    socket.once("connect", () => {
      this.#hasConnected = true;
    });
    socket.on("data", (chunk) => this.#onData(chunk));
    socket.on("drain", () => this.#receiver?.onWritable());
    socket.on("end", () => this.#onEnd());
    socket.on("error", (error) => {
      cause = error;
    });
    socket.on("close", () => {
      onClosed(this);
      this.#break("TIDEGATE_INSTANCE_LOST", cause);
    });
  }

  /** Whether the instance accepted the connection: before that nothing can have reached it. */
  get hasConnected(): boolean {
    return this.#hasConnected;
  }

  /** Binds the connection to the receiver of the next response. */
  begin(receiver: ResponseReceiver): void {
    this.#receiver = receiver;
  }

  /** All of the request has been written. When the response was complete before, the connection is free now. */
  onRequestSent(): void {
    if (this.#isAnswered) this.#free();
  }

  /** Ends the connection at once; the receiver is told nothing. */
  destroy(): void {
    this.#receiver = null;
    this.socket.destroy();
  }

  #onData(received: Buffer): void {
    const chunk = this.#partial === null ? received : Buffer.concat([this.#partial, received]);
    this.#partial = null;
    let at = 0;
    while (this.#receiver !== null && !this.#isAnswered) {
      if (this.#framing === null) {
        at = this.#readHead(chunk, at, this.#receiver);
        if (at < 0) return;
      }
      if (this.#framing !== null) {
        const end = this.#framing.consume(chunk, at, this.#receiver.onContent);
        if (end < 0) return this.#break("TIDEGATE_RESPONSE_INVALID", null);
        if (end > at) this.#receiver.onBody(chunk, at, end);
        at = end;
        if (this.#framing?.isDone) return this.#complete(at < chunk.length);
      }
      if (at >= chunk.length) return;
    }
    // Bytes that no request asked for: whatever they are, the next response must not begin with them.
    this.socket.destroy();
  }

  /**
   * Reads a head that starts at `at`, and hands it to the receiver.
   * @returns index after the head, or -1 when it is not complete, or the connection is of no more use here.
   */
  #readHead(chunk: Buffer, at: number, receiver: ResponseReceiver): number {
    const end = chunk.indexOf("\r\n\r\n", at, "latin1");
    if (end < 0) {
      const part = chunk.subarray(at);
      if (part.length <= maxResponseHeadBytes && mayBeResponseHead(part)) this.#partial = part;
      else this.#break("TIDEGATE_RESPONSE_INVALID", null);
      return -1;
    }
    const head = parseResponseHead(chunk.toString("latin1", at, end + 2), receiver.method);
    if (head !== null && head.status < 200) this.#interimBytes += end + 4 - at;
    if (head === null || end - at > maxResponseHeadBytes || this.#interimBytes > maxInterimBytes) {
      this.#break("TIDEGATE_RESPONSE_INVALID", null);
      return -1;
    }
    if (head.status === 101) {
      receiver.onUpgrade(head, this.#detach(), chunk.subarray(end + 4));
      return -1;
    }
    if (head.status < 200) {
      receiver.onInterim(Buffer.from(`HTTP/1.1 ${head.statusText}\r\n${head.lines}\r\n`, "latin1"));
      return end + 4;
    }
    this.#isReusable = head.keepAlive && head.body !== "close";
    this.#framing = createBodyFraming(head.body, "response");
    receiver.onHead(head, end + 4 < chunk.length || this.#framing.isDone);
    return end + 4;
  }

  #complete(hasMore: boolean): void {
    const receiver = this.#receiver;
    this.#isAnswered = true;
    this.#framing = null;
    this.#interimBytes = 0;
    if (hasMore) this.#isReusable = false;
    // Free before the receiver is told: what waits for the instance's slot can then use this connection.
    if (receiver?.isRequestSent) this.#free();
    receiver?.onComplete();
  }

  #free(): void {
    this.#receiver = null;
    this.#isAnswered = false;
    if (!this.#isReusable || this.socket.destroyed) {
      this.socket.destroy();
      return;
    }
    // A slow client may have had it paused.
    this.socket.resume();
    this.#onIdle(this);
  }

  #onEnd(): void {
    // For a body without any other end the end of the connection is it.
    if (this.#framing?.isEndless) this.#complete(false);
    else this.#break("TIDEGATE_INSTANCE_LOST", null);
  }

  /** Gives the socket away, for the bytes after a 101. */
  #detach(): ClientSocket {
    this.#receiver = null;
    return this.socket.removeAllListeners("data").removeAllListeners("drain").removeAllListeners("end");
  }

  #break(failure: "TIDEGATE_INSTANCE_LOST" | "TIDEGATE_RESPONSE_INVALID", cause: Error | null): void {
    const receiver = this.#receiver;
    this.#receiver = null;
    this.#framing = null;
    this.socket.destroy();
    receiver?.onBroken(failure, cause);
  }
}
