import type { Socket } from "node:net";
import type { InvocationRecord, MeteredInvocation } from "@tidegate/core";
import type { Refusal, Waiter } from "../activator/activator.ts";
import type { HostErrorCode } from "../errors.ts";
import type { Instance } from "../instance/instance.ts";
import type { ServedFunction } from "../served-function.ts";
import type { ClientConnection } from "./client-connection.ts";
import { ExchangeRecord } from "./exchange-record.ts";
import { ExchangeRequest } from "./exchange-request.ts";
import { ExchangeResponse } from "./exchange-response.ts";
import { replayPause } from "./replay.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";
import { openTunnel, type Tunnel } from "./tunnel.ts";
import type { ResponseReceiver, UpstreamConnection } from "./upstream.ts";

/** After its response, an app gets this long without progress to read the rest of the request's body. */
const unreadBodyMs = 2_000;

/** Status of a WebSocket's Close frame: its server goes away (RFC 6455, 7.4.1). */
const goingAway = 1001;

/** What an exchange needs of its gateway. */
export interface ExchangeGateway {
  readonly isDraining: boolean;
  /** Routes and admits the exchange: anew after a replay. */
  handle(exchange: Exchange): void;
  /** Told once how the exchange ended. */
  onEnd(exchange: Exchange, record: InvocationRecord | null): void;
  readonly wantsRecords: boolean;
}

/**
 * One request and its response: queued -> dispatched -> first byte -> done or failed. It leads bytes from the client to
 * an instance and back, both halves with backpressure, and ends in exactly one record.
 */
export class Exchange implements Waiter, ResponseReceiver {
  /** Set by the gateway once routed. */
  function: ServedFunction | null = null;
  onContent: ((data: Buffer) => void) | undefined = undefined;
  readonly #connection: ClientConnection;
  readonly #gateway: ExchangeGateway;
  readonly #request: ExchangeRequest;
  readonly #response: ExchangeResponse;
  readonly #record: ExchangeRecord = new ExchangeRecord();
  /** Whose slot it holds. */
  #instance: Instance | null = null;
  #upstream: UpstreamConnection | null = null;
  #replays = 0;
  /** Since when the instance has owed the first byte of its response. */
  #owedSince = 0;
  #isEnded = false;
  #tunnel: Tunnel | null = null;

  constructor(connection: ClientConnection, gateway: ExchangeGateway, head: RequestHead, requestId: string) {
    this.#connection = connection;
    this.#gateway = gateway;
    this.#request = new ExchangeRequest(connection, head, requestId);
    this.#response = new ExchangeResponse(connection, this.#request);
  }

  get head(): RequestHead {
    return this.#request.head;
  }

  get method(): string {
    return this.#request.head.method;
  }

  /** Whether all of the request's body has arrived. */
  get isRequestSent(): boolean {
    return this.#request.isSent;
  }

  /** Whether its response goes on, and has no end of its own: an upgrade, an event stream. */
  get isStream(): boolean {
    return !this.#response.isDone && (this.#tunnel !== null || this.#response.isEventStream);
  }

  /** Whether its response is on its way, and ends by itself. */
  get isRunning(): boolean {
    return !this.#response.isDone && !this.isStream;
  }

  get isColdStart(): boolean {
    return this.#record.isColdStart;
  }

  get error(): HostErrorCode | null {
    return this.#record.error;
  }

  /** Its numbers, once it is over. */
  get metered(): MeteredInvocation {
    return this.#record;
  }

  // --- the request's way -------------------------------------------------------------------------------------------

  /** The function has no room now. */
  queued(): void {
    this.#record.enterQueue(this.#replays > 0);
  }

  granted(instance: Instance): void {
    this.#record.leaveQueue(instance);
    this.forward(instance);
  }

  refused(refusal: Refusal): void {
    this.#record.leaveQueue(null);
    this.refuse(refusal.code, refusal.message, refusal.retryAfterSeconds);
  }

  /** Sends the request to the instance, whose slot it holds from here on. */
  forward(instance: Instance): void {
    const upstream = instance.upstream.acquire();
    this.#instance = instance;
    this.#upstream = upstream;
    this.#owedSince = performance.now();
    upstream.begin(this);
    this.#request.sendTo(upstream);
  }

  /**
   * Takes bytes of the request's body.
   * @returns index after the last one that belongs to it, -1 when its framing is broken.
   */
  takeBody(chunk: Buffer, start: number): number {
    const end = this.#request.take(chunk, start, this.#upstream);
    if (end <= start) return end;
    if (this.#upstream !== null) this.#owedSince = performance.now();
    else if (this.#request.isTooLargeToWait && !this.#response.isDone) this.#request.pause();
    if (this.isRequestSent && this.#response.isDone) this.#end();
    return end;
  }

  onWritable(): void {
    this.#request.resume();
  }

  // --- the response's way ------------------------------------------------------------------------------------------

  onInterim(head: Buffer): void {
    this.#request.continued();
    this.#response.writeInterim(head);
  }

  onHead(head: ResponseHead, more: boolean): void {
    this.#request.dropHeld();
    const isUnchunked = this.#response.begin(head, this.#gateway.isDraining);
    if (isUnchunked) this.onContent = (data) => this.#write(data, 0, data.length);
    if (!more) this.#response.flushHead();
  }

  onBody(chunk: Buffer, start: number, end: number): void {
    this.#response.bytes += end - start;
    if (this.onContent === undefined) this.#write(chunk, start, end);
  }

  onUpgrade(head: ResponseHead, socket: Socket, first: Buffer): void {
    if (this.head.upgrade === null || head.upgrade === null) {
      // Nobody asked to leave HTTP: what follows would reach the client past the gateway.
      socket.destroy();
      return this.onBroken("TIDEGATE_RESPONSE_INVALID", null);
    }
    this.#request.dropHeld();
    this.#response.status = 101;
    this.#upstream = null;
    const client = this.#connection.detach();
    client.socket.write(
      `HTTP/1.1 ${head.statusText}\r\n${head.lines}Connection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n\r\n`,
      "latin1",
    );
    const tunnel = openTunnel({
      client: client.socket,
      fromClient: client.early,
      instance: socket,
      fromInstance: first,
      protocol: head.upgrade,
      onClosed: (bytes) => {
        forgetDraining?.();
        this.#request.bytes += bytes.fromClient;
        this.#response.bytes += bytes.fromInstance;
        this.#response.isDone = true;
        this.#release(true);
        this.#end();
      },
    });
    this.#tunnel = tunnel;
    const forgetDraining = this.#instance?.onDraining(() => tunnel.close(goingAway));
  }

  /** The host is about to stop: a WebSocket is ended in order. */
  goAway(): void {
    this.#tunnel?.close(goingAway);
  }

  onComplete(): void {
    this.#response.flushHead();
    this.#response.isDone = true;
    this.#owedSince = performance.now();
    this.#release(true);
    if (this.isRequestSent) {
      this.#upstream = null;
      this.#end();
    }
    // Else the rest of the body still goes to the app, as it would without us; it may well read it.
  }

  /** The client takes more bytes. */
  onClientWritable(): void {
    this.#upstream?.socket.resume();
  }

  #write(chunk: Buffer, start: number, end: number): void {
    if (!this.#response.write(chunk, start, end)) this.#upstream?.socket.pause();
  }

  // --- what may go wrong -------------------------------------------------------------------------------------------

  onBroken(code: "TIDEGATE_INSTANCE_LOST" | "TIDEGATE_RESPONSE_INVALID", cause: Error | null): void {
    const hasReached = this.#upstream?.hasConnected ?? true;
    const instance = this.#instance?.name;
    this.#upstream = null;
    if (this.#response.isDone) {
      // Only the rest of the request's body is left, and nobody wants it: it is read and dropped.
      this.#connection.socket.resume();
      return;
    }
    this.#release(false);
    if (this.#response.status !== 0) return this.#breakOff(code);
    const { isRepeatable } = this.#request;
    const pauseMs = replayPause({ method: this.method, hasReached, isRepeatable, replays: this.#replays });
    if (pauseMs !== null) return this.#replay(pauseMs);
    const why =
      code === "TIDEGATE_RESPONSE_INVALID"
        ? "it answered what is not HTTP/1.1"
        : `it closed the connection${cause === null ? "" : ` (${cause.message})`}`;
    this.refuse(code, `Cannot get a response from instance "${instance}": ${why}`);
  }

  /** The client went away: its request is cancelled in the app. */
  onClientGone(): void {
    if (this.#isEnded || this.#tunnel !== null) return;
    this.#record.error = "TIDEGATE_CLIENT_GONE";
    this.#cancel();
    this.#end();
  }

  /** The framing of the request's body is broken: nobody can tell where it ends, so the app must not act on it. */
  onRequestBroken(): void {
    this.#cancel();
    if (this.#response.status !== 0) return this.#breakOff("TIDEGATE_FRAMING_AMBIGUOUS");
    this.refuse("TIDEGATE_FRAMING_AMBIGUOUS", "Cannot read the request: the chunks of its body are malformed");
  }

  /** Ends the exchange if its instance owes a response for too long. Called about once a second. */
  sweep(now: number): void {
    if (this.#response.isDone && this.#tunnel === null && now - this.#owedSince >= unreadBodyMs)
      return this.#dropUnread();
    if (this.#upstream === null || this.#response.status !== 0 || this.#instance === null) return;
    // That of its own revision: a reload may have changed the function's.
    const { name, timeoutMs } = this.#instance.function;
    if (now - this.#owedSince < timeoutMs) return;
    this.#cancel();
    this.refuse(
      "TIDEGATE_RESPONSE_TIMEOUT",
      `Cannot get a response from function "${name}": it did not begin one for ${timeoutMs} ms`,
    );
  }

  #replay(pauseMs: number): void {
    this.#replays++;
    setTimeout(() => {
      if (!this.#isEnded) this.#gateway.handle(this);
    }, pauseMs);
  }

  /** The app answered and reads no more of the request's body: its client must not be left waiting to send it. */
  #dropUnread(): void {
    this.#upstream?.destroy();
    this.#upstream = null;
    this.#response.keepsAlive = false;
    this.#end();
  }

  /** Ends a response that has begun and cannot be completed, so that the client can tell. */
  #breakOff(code: HostErrorCode): void {
    // A stream that ends because its app does, with the host, is no failure; its client is to read what was sent.
    const isStopped = this.#gateway.isDraining && this.isStream;
    this.#record.error = isStopped ? "TIDEGATE_HOST_STOPPING" : code;
    if (!isStopped) this.#connection.breakOff();
    this.#end();
  }

  /** Leaves the queue, or the instance. */
  #cancel(): void {
    this.function?.activator.cancel(this);
    this.#upstream?.destroy();
    this.#upstream = null;
    this.#release(false);
  }

  // --- its end -----------------------------------------------------------------------------------------------------

  /** Answers with an error instead of the app. Nothing of a response may have been written. */
  refuse(code: HostErrorCode, message: string, retryAfterSeconds?: number): void {
    this.#record.error = code;
    this.#request.dropHeld();
    this.#response.writeError(code, message, this.#gateway.isDraining, retryAfterSeconds);
    this.#end();
  }

  /** Answers a request to the gateway itself. */
  answer(status: string, body: string): void {
    this.#response.writeOwn(status, body, this.#gateway.isDraining);
    this.#end();
  }

  #release(isAnswered: boolean): void {
    const instance = this.#instance;
    if (instance === null) return;
    this.#record.servedBy = instance;
    this.#instance = null;
    this.function?.activator.release(instance, isAnswered);
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#connection.onExchangeEnd(this.#response.keepsAlive);
    this.#record.close(this.#request, this.#response, this.#replays);
    const record = this.#gateway.wantsRecords
      ? this.#record.finish(this.function?.config.name ?? "", this.#request)
      : null;
    this.#gateway.onEnd(this, record);
  }
}
