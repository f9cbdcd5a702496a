import { TidegateError } from "@tidegate/core";
import type { ResponseSink } from "../sink/response-sink.ts";
import { Exchange, type ExchangeInput } from "./exchange.ts";
import type { AppRequest } from "./request.ts";
import { AppResponse } from "./response.ts";
import { AppSocket, type SocketOwner } from "./socket.ts";

/** The error Node gives a request whose connection went away. */
function connectionReset(): Error {
  return Object.assign(new Error("aborted"), { code: "ECONNRESET" });
}

/** A running request to a Node app: its request, its response and the connection between them. */
export class NodeExchange extends Exchange implements SocketOwner {
  readonly request: AppRequest;
  readonly response: AppResponse;
  readonly socket: AppSocket;

  constructor(input: ExchangeInput, sink: ResponseSink, request: AppRequest, response: AppResponse, socket: AppSocket) {
    super(input, sink);
    this.request = request;
    this.response = response;
    this.socket = socket;
    AppSocket.own(socket, this);
  }

  override get signal(): AbortSignal {
    return this.request.signal;
  }

  override drain(): void {
    AppResponse.drain(this.response);
  }

  override cancel(): void {
    this.socket.destroy();
  }

  /** Answers for an app that broke: 500 if nothing was sent yet, a broken response if it was. */
  fail(error: unknown): void {
    console.error(error);
    // Too late to change anything: the deadline has answered, or the connection is gone.
    if (AppResponse.isAbandoned(this.response)) return;
    if (this.response.headersSent) {
      this.socket.destroy(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    AppResponse.abandon(this.response);
    this.answerFailed();
    process.nextTick(() => this.socket.destroy());
  }

  protected override get isAnswered(): boolean {
    return this.response.writableEnded;
  }

  protected override get route(): string | undefined {
    const { route } = this.request as { route?: { path?: unknown } };
    return typeof route?.path === "string" ? route.path : undefined;
  }

  protected override abort(closed: () => void): void {
    AppResponse.abandon(this.response);
    this.socket.once("close", closed);
    this.socket.destroy();
  }

  socketDestroyed(error: Error | null): void {
    const { response } = this;
    if (AppResponse.isAbandoned(response)) return;
    // Ended is enough: the bytes are with the sink already, as on a server they would be with the kernel.
    if (AppResponse.isFlushed(response)) {
      process.nextTick(AppResponse.complete, response);
      return;
    }
    AppResponse.abandon(response);
    const message = "Cannot complete the response: the connection was destroyed";
    this.breakOff(new TidegateError("TIDEGATE_RESPONSE_ABORTED", message, { cause: error ?? connectionReset() }));
  }

  /** As Node's server: a request whose response is not complete is destroyed with its connection. */
  socketClosed(): void {
    const { request, response } = this;
    if (!response.writableFinished && !request.destroyed) request.destroy(connectionReset());
  }

  /** As Node's server: who listens for `timeout` decides what happens; if nobody does, the connection ends. */
  socketIdle(): void {
    const { request, response, socket } = this;
    const isHeard = !request.complete && request.emit("timeout", socket);
    if (!response.emit("timeout", socket) && !isHeard) socket.destroy();
  }
}
