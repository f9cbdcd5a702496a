import type { Socket } from "node:net";
import type { InvocationRecord } from "@tidegate/core";
import type { Refusal, Waiter } from "../activator/activator.ts";
import type { HostErrorCode } from "../errors.ts";
import type { Instance } from "../instance/instance.ts";
import type { ServedFunction } from "../served-function.ts";
import { type BodyFraming, createBodyFraming } from "./body-framing.ts";
import type { ClientConnection } from "./client-connection.ts";
import { errorResponse, statusOf } from "./error-response.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";
import { openTunnel } from "./tunnel.ts";
import type { ResponseReceiver, UpstreamConnection } from "./upstream.ts";

/** Methods that may be sent twice (RFC 9110, 9.2.2). */
const idempotentMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** So much of a body is kept, in bytes, to send it again when its instance dies; with more of it no replay. */
const heldBytesLimit = 64 * 1024;

/** How often a request is sent again: once if it may have killed its instance, more if it never reached one. */
const mostReplays = { reached: 1, unreached: 5 } as const;

/** Pause before a replay, times the number of replays, in milliseconds: by then a dead instance is known to be dead. */
const replayPauseMs = 20;

/** Bodies up to this many bytes are written together with their head, in one string and one system call. */
const joinedBytesLimit = 8 * 1024;

/** After its response, an app gets this long without progress to read the rest of the request's body. */
const unreadBodyMs = 2_000;

const eventStream = /^content-type:[ \t]*text\/event-stream/im;

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
 * One request and its response: queued -> dispatched -> first byte -> done or failed. Streams both bodies with
 * backpressure, holds the start of the request's for a replay, and ends in exactly one record.
 */
export class Exchange implements Waiter, ResponseReceiver {
  readonly head: RequestHead;
  readonly requestId: string;
  /** Set by the gateway once routed. */
  function: ServedFunction | null = null;
  onContent: ((data: Buffer) => void) | undefined = undefined;
  readonly #connection: ClientConnection;
  readonly #gateway: ExchangeGateway;
  readonly #startedAt: number = performance.now();
  readonly #requestFraming: BodyFraming;
  #held: Buffer[] | null = [];
  #requestBytes = 0;
  #responseBytes = 0;
  #queuedAt: number | null = null;
  #queueMs = 0;
  #isColdStart = false;
  /** Whose slot it holds. */
  #instance: Instance | null = null;
  /** Whose slot it held last. */
  #servedBy: Instance | null = null;
  #upstream: UpstreamConnection | null = null;
  #replays = 0;
  /** Since when the instance has owed the first byte of its response. */
  #owedSince = 0;
  #hasContinued = false;
  /** The response's head while it waits to be written with the first bytes of the body. */
  #headText: string | null = null;
  #responseLines = "";
  #status = 0;
  #keepsAlive = false;
  #isResponseDone = false;
  #error: HostErrorCode | null = null;
  #isEnded = false;
  #isTunnel = false;

  constructor(connection: ClientConnection, gateway: ExchangeGateway, head: RequestHead, requestId: string) {
    this.#connection = connection;
    this.#gateway = gateway;
    this.head = head;
    this.requestId = requestId;
    this.#requestFraming = createBodyFraming(head.body);
  }

  get method(): string {
    return this.head.method;
  }

  /** Whether all of the request's body has arrived. */
  get isRequestSent(): boolean {
    return this.#requestFraming.isDone;
  }

  /** Whether nobody has to wait for its end: it is answered, or has no end of its own (an upgrade, an event stream). */
  get isOpenEnded(): boolean {
    return this.#isTunnel || this.#isResponseDone || eventStream.test(this.#responseLines);
  }

  // --- the request's way -------------------------------------------------------------------------------------------

  /** The function has no room now. */
  queued(): void {
    this.#queuedAt = this.#replays === 0 ? this.#startedAt : performance.now();
  }

  granted(instance: Instance): void {
    if (instance.readyAt >= (this.#queuedAt ?? Number.POSITIVE_INFINITY)) this.#isColdStart = true;
    this.#leaveQueue();
    this.forward(instance);
  }

  refused(refusal: Refusal): void {
    this.#leaveQueue();
    this.refuse(refusal.code, refusal.message, refusal.retryAfterSeconds);
  }

  #leaveQueue(): void {
    if (this.#queuedAt !== null) this.#queueMs += performance.now() - this.#queuedAt;
    this.#queuedAt = null;
  }

  /** Sends the request to the instance, whose slot it holds from here on. */
  forward(instance: Instance): void {
    const upstream = instance.upstream.acquire();
    this.#instance = instance;
    this.#upstream = upstream;
    this.#owedSince = performance.now();
    upstream.begin(this);
    const text = this.#requestText();
    const held = this.#held ?? [];
    const first = held[0];
    if (first === undefined) {
      upstream.socket.write(text, "latin1");
    } else if (held.length === 1 && first.length <= joinedBytesLimit) {
      upstream.socket.write(text + first.toString("latin1"), "latin1");
    } else {
      upstream.socket.cork();
      upstream.socket.write(text, "latin1");
      for (const chunk of held) upstream.socket.write(chunk);
      upstream.socket.uncork();
    }
    if (this.#isUploadLarge) this.#held = null;
    if (!this.isRequestSent) this.#connection.socket.resume();
  }

  /**
   * Takes bytes of the request's body.
   * @returns index after the last one that belongs to it, -1 when its framing is broken.
   */
  takeBody(chunk: Buffer, start: number): number {
    const end = this.#requestFraming.consume(chunk, start);
    if (end <= start) return end;
    const part = start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end);
    this.#requestBytes += part.length;
    this.#hasContinued = true;
    if (this.#held !== null) this.#held.push(part);
    if (this.#upstream !== null) this.#sendBody(this.#upstream, part);
    else if (this.#isUploadLarge && !this.#isResponseDone && !this.isRequestSent) this.#connection.socket.pause();
    if (this.isRequestSent && this.#isResponseDone) this.#end();
    return end;
  }

  onWritable(): void {
    if (!this.isRequestSent) this.#connection.socket.resume();
  }

  #sendBody(upstream: UpstreamConnection, part: Buffer): void {
    this.#owedSince = performance.now();
    if (this.#isUploadLarge) this.#held = null;
    if (!upstream.socket.write(part) && !this.isRequestSent) this.#connection.socket.pause();
    if (this.isRequestSent) upstream.onRequestSent();
  }

  get #isUploadLarge(): boolean {
    return this.#requestBytes > heldBytesLimit;
  }

  #requestText(): string {
    const { method, target, lines, upgrade } = this.head;
    const upgradeLines = upgrade === null ? "" : `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
    const forwarded = this.#connection.forwardedLines(this.head);
    return `${method} ${target} HTTP/1.1\r\n${lines}${forwarded}X-Request-Id: ${this.requestId}\r\n${upgradeLines}\r\n`;
  }

  // --- the response's way ------------------------------------------------------------------------------------------

  onInterim(head: Buffer): void {
    this.#hasContinued = true;
    if (this.head.minorVersion === 1) this.#connection.socket.write(head);
  }

  onHead(head: ResponseHead, more: boolean): void {
    this.#status = head.status;
    this.#responseLines = head.lines;
    const isOld = this.head.minorVersion === 0;
    let { lines } = head;
    if (isOld && head.body === "chunked") {
      // HTTP/1.0 knows no chunks: their content is passed on, and the end of the connection ends it.
      lines = lines.replace(/^transfer-encoding:.*\r\n/im, "");
      this.onContent = (data) => this.#write(data);
    }
    const isEndless = head.body === "close" || (isOld && head.body === "chunked");
    this.#keepsAlive = this.head.keepAlive && !isEndless && !this.#gateway.isDraining && !this.#isBodyUncertain;
    const connection = this.#keepsAlive ? this.#connection.keepAliveLines : "Connection: close\r\n";
    this.#headText = `HTTP/1.1 ${head.statusText}\r\n${lines}${connection}\r\n`;
    this.#held = null;
    if (!more) this.#flushHead();
  }

  onBody(chunk: Buffer, start: number, end: number): void {
    this.#responseBytes += end - start;
    if (this.onContent !== undefined) return;
    const text = this.#headText;
    if (text !== null && end - start <= joinedBytesLimit) {
      this.#headText = null;
      this.#connection.socket.write(text + chunk.toString("latin1", start, end), "latin1");
    } else {
      this.#write(start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end));
    }
  }

  onUpgrade(head: ResponseHead, socket: Socket, first: Buffer): void {
    if (this.head.upgrade === null || head.upgrade === null) {
      // Nobody asked to leave HTTP: what follows would reach the client past the gateway.
      socket.destroy();
      return this.onBroken("TIDEGATE_RESPONSE_INVALID", null);
    }
    this.#status = 101;
    this.#held = null;
    this.#upstream = null;
    this.#isTunnel = true;
    const client = this.#connection.detach();
    client.socket.write(
      `HTTP/1.1 ${head.statusText}\r\n${head.lines}Connection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n\r\n`,
      "latin1",
    );
    if (first.length > 0) client.socket.write(first);
    if (client.early !== null) socket.write(client.early);
    openTunnel(client.socket, socket, (bytes) => {
      this.#requestBytes += bytes.fromClient;
      this.#responseBytes += first.length + bytes.fromInstance;
      this.#isResponseDone = true;
      this.#release(true);
      this.#end();
    });
  }

  onComplete(): void {
    this.#flushHead();
    this.#isResponseDone = true;
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

  #flushHead(): void {
    const text = this.#headText;
    if (text === null) return;
    this.#headText = null;
    this.#connection.socket.write(text, "latin1");
  }

  #write(data: Buffer): void {
    this.#flushHead();
    if (!this.#connection.socket.write(data)) this.#upstream?.socket.pause();
  }

  /** After a final answer without `100 Continue` the client may or may not send the body: nobody can tell what follows. */
  get #isBodyUncertain(): boolean {
    return this.head.expectsContinue && !this.#hasContinued && !this.isRequestSent;
  }

  // --- what may go wrong -------------------------------------------------------------------------------------------

  onBroken(code: "TIDEGATE_INSTANCE_LOST" | "TIDEGATE_RESPONSE_INVALID", cause: Error | null): void {
    const hasReached = this.#upstream?.hasConnected ?? true;
    const instance = this.#instance?.name;
    this.#upstream = null;
    if (this.#isResponseDone) {
      // Only the rest of the request's body is left, and nobody wants it: it is read and dropped.
      this.#connection.socket.resume();
      return;
    }
    this.#release(false);
    if (this.#status !== 0) {
      this.#error = code;
      this.#connection.breakOff();
      this.#end();
    } else if (this.#isReplayable(hasReached)) {
      this.#replays++;
      setTimeout(() => {
        if (!this.#isEnded) this.#gateway.handle(this);
      }, replayPauseMs * this.#replays);
    } else {
      const why =
        code === "TIDEGATE_RESPONSE_INVALID"
          ? "it answered what is not HTTP/1.1"
          : `it closed the connection${cause === null ? "" : ` (${cause.message})`}`;
      this.refuse(code, `Cannot get a response from instance "${instance}": ${why}`);
    }
  }

  /** The client went away: its request is cancelled in the app. */
  onClientGone(): void {
    if (this.#isEnded || this.#isTunnel) return;
    this.#error = "TIDEGATE_CLIENT_GONE";
    this.#cancel();
    this.#end();
  }

  /** The framing of the request's body is broken: nobody can tell where it ends, so the app must not act on it. */
  onRequestBroken(): void {
    this.#cancel();
    if (this.#status === 0) {
      this.refuse("TIDEGATE_FRAMING_AMBIGUOUS", "Cannot read the request: the chunks of its body are malformed");
      return;
    }
    this.#error = "TIDEGATE_FRAMING_AMBIGUOUS";
    this.#connection.breakOff();
    this.#end();
  }

  /** The app answered and reads no more of the request's body: its client must not be left waiting to send it. */
  #dropUnread(): void {
    this.#upstream?.destroy();
    this.#upstream = null;
    this.#keepsAlive = false;
    this.#end();
  }

  #cancel(): void {
    this.function?.activator.cancel(this);
    this.#upstream?.destroy();
    this.#upstream = null;
    this.#release(false);
  }

  /** Ends the exchange if its instance owes a response for too long. Called about once a second. */
  sweep(now: number): void {
    if (this.#isResponseDone && !this.#isTunnel && now - this.#owedSince >= unreadBodyMs) return this.#dropUnread();
    if (this.#upstream === null || this.#status !== 0 || this.function === null) return;
    const { name, timeoutMs } = this.function.config;
    if (now - this.#owedSince < timeoutMs) return;
    this.#cancel();
    this.refuse(
      "TIDEGATE_RESPONSE_TIMEOUT",
      `Cannot get a response from function "${name}": it did not begin one for ${timeoutMs} ms`,
    );
  }

  /** Answers with an error instead of the app. Nothing of a response may have been written. */
  refuse(code: HostErrorCode, message: string, retryAfterSeconds?: number): void {
    this.#error = code;
    this.#status = statusOf(code);
    this.#held = null;
    // What is left of a body that nobody reads is not waited for.
    this.#keepsAlive = this.head.keepAlive && this.isRequestSent && !this.#gateway.isDraining;
    const isHead = this.method === "HEAD";
    const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
    const text = errorResponse({
      code,
      message,
      requestId: this.requestId,
      closes: !this.#keepsAlive,
      isHead,
      ...retry,
    });
    this.#connection.socket.write(text, "latin1");
    this.#isResponseDone = true;
    this.#end();
  }

  /** Answers a request to the gateway itself. */
  answer(status: string, body: string): void {
    this.#status = Number.parseInt(status, 10);
    this.#keepsAlive = this.head.keepAlive && this.isRequestSent && !this.#gateway.isDraining;
    const connection = this.#keepsAlive ? this.#connection.keepAliveLines : "Connection: close\r\n";
    const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${connection}\r\n`;
    this.#connection.socket.write(this.method === "HEAD" ? head : head + body, "latin1");
    this.#isResponseDone = true;
    this.#end();
  }

  #isReplayable(hasReached: boolean): boolean {
    const most = hasReached ? mostReplays.reached : mostReplays.unreached;
    if (this.#replays >= most || this.#held === null || this.head.upgrade !== null) return false;
    return !hasReached || idempotentMethods.has(this.method);
  }

  #release(isAnswered: boolean): void {
    const instance = this.#instance;
    if (instance === null) return;
    this.#servedBy = instance;
    this.#instance = null;
    this.function?.activator.release(instance, isAnswered);
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#connection.onExchangeEnd(this.#keepsAlive);
    this.#gateway.onEnd(this, this.#gateway.wantsRecords ? this.#record() : null);
  }

  get error(): HostErrorCode | null {
    return this.#error;
  }

  get isColdStart(): boolean {
    return this.#isColdStart;
  }

  #record(): InvocationRecord {
    return {
      requestId: this.requestId,
      function: this.function?.config.name ?? "",
      revision: this.#servedBy?.revision ?? null,
      instance: this.#servedBy?.name ?? null,
      method: this.method,
      target: this.head.target,
      status: this.#status,
      durationMs: performance.now() - this.#startedAt,
      queueMs: this.#queueMs,
      coldStart: this.#isColdStart,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      error: this.#error,
    };
  }
}
