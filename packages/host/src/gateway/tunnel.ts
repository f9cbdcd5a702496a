import type { ClientSocket } from "./connection-info.ts";
import { closeFrame, WebSocketFrames } from "./websocket-frames.ts";

/** After one side is gone, the other gets this long to read what is left for it, in milliseconds. */
const lingerMs = 2_000;

/** How long both sides have for the closing handshake of a WebSocket, in milliseconds. */
const closeGraceMs = 2_000;

/** Bytes that went through a tunnel. */
export interface TunnelBytes {
  readonly fromClient: number;
  readonly fromInstance: number;
}

/** What a tunnel is opened with. */
export interface TunnelOptions {
  /** The client's socket, and what came over it behind the head of its request. */
  readonly client: ClientSocket;
  readonly fromClient: Buffer | null;
  /** The instance's socket, and what came over it behind the head of its response. */
  readonly instance: ClientSocket;
  readonly fromInstance: Buffer;
  /** Protocol of the 101 response. */
  readonly protocol: string;
  /** Called once, when both sockets are closed. */
  readonly onClosed: (bytes: TunnelBytes) => void;
}

/** Two sockets that a protocol upgrade has joined. */
export interface Tunnel {
  /** When a byte last went through it, on the clock of `performance.now()`. */
  readonly idleSince: number;
  /** Whether it is being ended in order: for 2 s at most. */
  readonly isClosing: boolean;
  /**
   * Ends a WebSocket in order: each side that has not been told yet gets a Close frame between two frames, nothing more
   * of the other side, and 2 s to answer; then it is cut off. Tunnels of other protocols go on: only their ends know how
   * to end them.
   *
   * @param code status of the Close frame, such as 1001: going away
   */
  close(code: number): void;
}

/**
 * Joins two sockets: bytes go both ways with backpressure, the end of one side ends the other, and a failure of one
 * destroys both. Of WebSockets it follows the frames, to be able to end them.
 */
export function openTunnel(options: TunnelOptions): Tunnel {
  return new SocketTunnel(options);
}

class SocketTunnel implements Tunnel {
  idleSince: number = performance.now();
  readonly #up: TunnelWay;
  readonly #down: TunnelWay;
  readonly #onClosed: (bytes: TunnelBytes) => void;
  readonly #isWebSocket: boolean;
  #open = 2;
  #cutter: NodeJS.Timeout | null = null;

  constructor({ client, fromClient, instance, fromInstance, protocol, onClosed }: TunnelOptions) {
    this.#onClosed = onClosed;
    this.#isWebSocket = protocol.toLowerCase() === "websocket";
    const onBytes = (): void => {
      this.idleSince = performance.now();
      if (this.#cutter !== null) this.#endAnswered();
    };
    this.#up = new TunnelWay(client, instance, this.#isWebSocket, onBytes);
    this.#down = new TunnelWay(instance, client, this.#isWebSocket, onBytes);
    client.once("close", () => this.#onClose(instance, this.#up));
    instance.once("close", () => this.#onClose(client, this.#down));
    if (fromInstance.length > 0) this.#down.take(fromInstance);
    if (fromClient !== null) this.#up.take(fromClient);
    client.resume();
    instance.resume();
  }

  get isClosing(): boolean {
    return this.#cutter !== null && this.#open > 0;
  }

  close(code: number): void {
    if (!this.#isWebSocket || this.#cutter !== null || this.#open === 0) return;
    this.#cutter = setTimeout(() => {
      this.#up.from.destroy();
      this.#down.from.destroy();
    }, closeGraceMs);
    this.#up.end(closeFrame(code, true));
    this.#down.end(closeFrame(code, false));
    this.#endAnswered();
  }

  /** Ends the sides that have got a Close frame and have sent theirs (RFC 6455, 7.1.1). */
  #endAnswered(): void {
    const { isOver: isInstanceTold, hasClosed: hasClientClosed } = this.#up;
    const { isOver: isClientTold, hasClosed: hasInstanceClosed } = this.#down;
    if (isClientTold && hasClientClosed) this.#down.to.end();
    if (isInstanceTold && hasInstanceClosed) this.#up.to.end();
  }

  /** The one that `way` comes from is closed. */
  #onClose(other: ClientSocket, way: TunnelWay): void {
    if (--this.#open > 0) {
      // One that has been told is given the time to answer.
      if (this.#cutter === null || !way.isOver) closeSoon(other);
      return;
    }
    if (this.#cutter !== null) clearTimeout(this.#cutter);
    this.#onClosed({ fromClient: this.#up.bytes, fromInstance: this.#down.bytes });
  }
}

/** One direction of a tunnel. */
class TunnelWay {
  readonly from: ClientSocket;
  readonly to: ClientSocket;
  bytes = 0;
  /** Null unless it is one of a WebSocket. */
  readonly #frames: WebSocketFrames | null;
  /** Close frame that is to be sent behind the current frame. */
  #farewell: Buffer | null = null;
  #isOver = false;

  constructor(from: ClientSocket, to: ClientSocket, isWebSocket: boolean, onBytes: () => void) {
    this.from = from;
    this.to = to;
    this.#frames = isWebSocket ? new WebSocketFrames() : null;
    from.on("data", (chunk: Buffer) => {
      this.take(chunk);
      onBytes();
    });
    to.on("drain", () => from.resume());
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
  }

  /** Whether a Close frame has gone this way: nothing may follow it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether a Close frame has come from the one it starts at. */
  get hasClosed(): boolean {
    return this.#frames?.hasClosed ?? false;
  }

  take(chunk: Buffer): void {
    this.bytes += chunk.length;
    const frames = this.#frames;
    if (frames === null) return this.#write(chunk);
    if (this.#isOver) {
      frames.take(chunk, 0, false);
      return;
    }
    const end = frames.take(chunk, 0, this.#farewell !== null);
    this.#write(end === chunk.length ? chunk : chunk.subarray(0, end));
    if (this.#farewell === null || !frames.isBetween) return;
    this.#sayFarewell();
    frames.take(chunk, end, false);
  }

  /** Sends a Close frame as soon as the current frame is through, and drops what follows. */
  end(farewell: Buffer): void {
    this.#farewell = farewell;
    if (this.#frames?.isBetween) this.#sayFarewell();
  }

  #sayFarewell(): void {
    this.#isOver = true;
    // Its own Close frame went through: that one has told it.
    if (!this.hasClosed && this.#farewell !== null && this.to.writable) this.to.write(this.#farewell);
    this.#farewell = null;
    // What comes now is only looked at, for the answer.
    this.from.resume();
  }

  #write(chunk: Buffer): void {
    if (!this.to.write(chunk)) this.from.pause();
  }
}

/** Lets the socket write what is left, for a moment only: its other end may not read. */
function closeSoon(socket: ClientSocket): void {
  socket.destroySoon();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}
