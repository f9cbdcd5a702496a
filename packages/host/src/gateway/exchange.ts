import type { Socket } from "node:net";
import {
  type InvocationRecord,
  isEnded,
  isHeld,
  isTunnel,
  type MeteredInvocation,
  mayReplay,
  newRequest,
  phaseOf,
  type RequestEvent,
  type RequestState,
  replaysOf,
  requestEffect,
  requestEvent,
  requestPhase,
  requestStateMask,
  stepRequest,
} from "@tidegate/core";
import type { DeadlineWatch } from "../activator/deadline-watch.ts";
import { refusals } from "../activator/refusals.ts";
import type { Refusal, SlotOutcome, Waiter } from "../activator/waiter.ts";
import type { HostErrorCode } from "../errors.ts";
import type { Instance } from "../instance/instance.ts";
import type { ServedFunction } from "../served-function.ts";
import type { ClientConnection } from "./client-connection.ts";
import { allowanceMs, type Debtor, debtorOf, overdue } from "./exchange-deadline.ts";
import { ExchangeRecord } from "./exchange-record.ts";
import { ExchangeRequest } from "./exchange-request.ts";
import { ExchangeResponse } from "./exchange-response.ts";
import { replayPauseMs } from "./replay.ts";
import { clientOf, cookieOf, headBytesOf, isIdempotent } from "./request-facts.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";
import { openTunnel, type Tunnel } from "./tunnel.ts";
import type { ResponseReceiver, UpstreamConnection } from "./upstream.ts";

/** Status of a WebSocket's Close frame: its server goes away (RFC 6455, 7.4.1). */
const goingAway = 1001;

/** Failures that are an instance's own. */
const instanceFailures: ReadonlySet<HostErrorCode> = new Set([
  "TIDEGATE_INSTANCE_LOST",
  "TIDEGATE_RESPONSE_INVALID",
  "TIDEGATE_RESPONSE_TIMEOUT",
  "TIDEGATE_RESPONSE_STALLED",
]);

/** What an exchange needs of its gateway. */
export interface ExchangeGateway {
  readonly isDraining: boolean;
  /** Routes and admits the exchange: anew after a replay. */
  handle(exchange: Exchange): void;
  /** Told once how the exchange ended. */
  onEnd(exchange: Exchange, record: InvocationRecord | null): void;
  readonly wantsRecords: boolean;
}

/** Why an exchange fails, and what its client is told. */
type Failure = Refusal;

/**
 * One request and its response, on their way between a client and an instance, both with backpressure. What state it
 * is in, and what may happen next, is the ledger's business (`request-ledger.ts` of core); this carries it out.
 */
export class Exchange implements Waiter, ResponseReceiver {
  /** Set by the gateway once routed. */
  function: ServedFunction | null = null;
  onContent: ((data: Buffer) => void) | undefined = undefined;
  dispatchedAt = 0;
  avoided: Instance | null = null;
  avoidsStrictly = false;
  readonly #connection: ClientConnection;
  readonly #gateway: ExchangeGateway;
  readonly #request: ExchangeRequest;
  readonly #response: ExchangeResponse;
  readonly #record: ExchangeRecord = new ExchangeRecord();
  #state: RequestState;
  /** Whose slot it holds. */
  #instance: Instance | null = null;
  #upstream: UpstreamConnection | null = null;
  /** Whether the connection to the instance was made for it. */
  #isFresh = false;
  #tunnel: Tunnel | null = null;
  #watch: DeadlineWatch | null = null;
  /** Who was waited for when that was last looked at, for what, and since when. */
  #debtor: Debtor = "app";
  #progress = 0;
  #owedSince = 0;

  constructor(connection: ClientConnection, gateway: ExchangeGateway, head: RequestHead, requestId: string) {
    this.#connection = connection;
    this.#gateway = gateway;
    this.#request = new ExchangeRequest(connection, head, requestId);
    this.#response = new ExchangeResponse(connection, this.#request);
    this.#state = newRequest({ isIdempotent: isIdempotent(head), isSent: this.#request.isSent });
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
    return phaseOf(this.#state) === requestPhase.firstByte && this.isEndless;
  }

  get isEndless(): boolean {
    return this.#tunnel !== null || this.#response.isEventStream;
  }

  /** Whether its response is on its way, and ends by itself. */
  get isRunning(): boolean {
    return phaseOf(this.#state) < requestPhase.unread && !this.isStream;
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

  /** Where it is on its way. */
  get state(): RequestState {
    return this.#state;
  }

  // --- what the activator asks --------------------------------------------------------------------------------------

  get clientAddress(): string {
    return clientOf(this.#connection.info.address, this.#connection.forwardedLines(this.head));
  }

  get headBytes(): number {
    return headBytesOf(this.head);
  }

  get isReplay(): boolean {
    return replaysOf(this.#state) > 0;
  }

  limitBody(maxBytes: number): boolean {
    return this.#request.limit(maxBytes);
  }

  cookie(name: string): string | null {
    return cookieOf(this.head, name);
  }

  // --- the request's way --------------------------------------------------------------------------------------------

  /** The function has no room now. */
  queued(): void {
    if (phaseOf(this.#state) === requestPhase.queued) return;
    this.#step(requestEvent.queue);
    this.#record.enterQueue(this.isReplay);
    if (this.#request.mustPause) this.#request.pause();
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
    this.#step(requestEvent.grant);
    const upstream = instance.upstream.acquire();
    this.#instance = instance;
    this.#upstream = upstream;
    this.#isFresh = !upstream.hasConnected;
    this.#debtor = "app";
    this.#progress = this.#request.bytes;
    this.#owedSince = this.dispatchedAt;
    const watch = this.function?.activator.watch ?? null;
    if (watch !== null) {
      this.#watch = watch;
      watch.add(this);
    }
    upstream.begin(this);
    this.#request.sendTo(upstream);
    if (this.#request.bytes > 0) this.#noteHeld();
  }

  /**
   * Takes bytes of the request's body.
   * @returns index after the last one that belongs to it, -1 when its framing is broken.
   */
  takeBody(chunk: Buffer, start: number): number {
    const end = this.#request.take(chunk, start, this.#upstream);
    if (end <= start) return end;
    this.#noteHeld();
    if (this.#request.isTooLarge && this.function !== null && phaseOf(this.#state) !== requestPhase.unread) {
      this.#fail(requestEvent.giveUp, refusals.bodyTooLarge(this.function.config));
    } else if (this.isRequestSent) {
      if ((this.#step(requestEvent.sent) & requestEffect.record) !== 0) this.#finish();
    } else if (this.#upstream === null && this.#request.mustPause && phaseOf(this.#state) !== requestPhase.unread) {
      this.#request.pause();
    }
    return end;
  }

  onWritable(): void {
    this.#request.resume();
  }

  // --- the response's way -------------------------------------------------------------------------------------------

  onInterim(head: Buffer): void {
    this.#request.continued();
    this.#response.writeInterim(head);
  }

  onHead(head: ResponseHead, more: boolean): void {
    this.#step(requestEvent.head);
    this.#request.dropHeld();
    const isUnchunked = this.#response.begin(head, this.#gateway.isDraining, this.#linesOfActivator());
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
    this.#step(requestEvent.upgrade);
    this.#request.dropHeld();
    this.#response.status = 101;
    this.#upstream = null;
    const lines = head.lines + this.#linesOfActivator();
    const client = this.#connection.detach();
    client.socket.write(
      `HTTP/1.1 ${head.statusText}\r\n${lines}Connection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n\r\n`,
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
        this.#complete();
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
    this.#complete();
  }

  /** The client takes more bytes. */
  onClientWritable(): void {
    this.#upstream?.socket.resume();
  }

  #write(chunk: Buffer, start: number, end: number): void {
    if (!this.#response.write(chunk, start, end)) this.#upstream?.socket.pause();
  }

  #complete(): void {
    const effects = this.#step(requestEvent.complete);
    if ((effects & requestEffect.release) !== 0) this.#release("answered");
    if ((effects & requestEffect.record) !== 0) {
      this.#upstream = null;
      return this.#finish();
    }
    // The rest of the body still goes to the app, as it would without us: it may well read it. Unless it never asked for it.
    this.#debtor = "nobody";
    if (this.#request.isBodyUncertain) this.#dropRest();
  }

  /** What its function's activator has to say to the client, and to itself. */
  #linesOfActivator(): string {
    const { activator } = this.function ?? {};
    if (activator === undefined || this.#instance === null) return "";
    return activator.onFirstByte(this, this.#instance, this.#connection.info.isSecure);
  }

  // --- what may go wrong --------------------------------------------------------------------------------------------

  onBroken(code: "TIDEGATE_INSTANCE_LOST" | "TIDEGATE_RESPONSE_INVALID", cause: Error | null): void {
    const hasReached = this.#upstream?.hasConnected ?? true;
    const instance = this.#instance;
    this.#upstream = null;
    const phase = phaseOf(this.#state);
    if (phase === requestPhase.dispatched && hasReached) this.#step(requestEvent.connect);
    if (phase === requestPhase.unread) this.#connection.socket.resume();
    // What it closed at once it would close again; an idle connection it may have been about to close anyway.
    this.avoided = instance;
    this.avoidsStrictly = hasReached && this.#isFresh;
    const why =
      code === "TIDEGATE_RESPONSE_INVALID"
        ? "it answered what is not HTTP/1.1"
        : `it closed the connection${cause === null ? "" : ` (${cause.message})`}`;
    const message = `Cannot get a response from instance "${instance?.name}": ${why}`;
    this.#fail(this.#lossEvent(code), { code, message });
  }

  #lossEvent(code: HostErrorCode): RequestEvent {
    if (code === "TIDEGATE_RESPONSE_INVALID") return requestEvent.invalid;
    const isReplayed = mayReplay(this.#state) && this.function?.activator.takeReplay() === true;
    return isReplayed ? requestEvent.lose : requestEvent.loseForGood;
  }

  /** The client went away: its request is cancelled in the app. */
  onClientGone(): void {
    if (isEnded(this.#state) || isTunnel(this.#state)) return;
    this.#fail(requestEvent.leave, {
      code: "TIDEGATE_CLIENT_GONE",
      message: "Cannot answer the request: its client is gone",
    });
  }

  /** The framing of the request's body is broken: nobody can tell where it ends, so the app must not act on it. */
  onRequestBroken(): void {
    this.#fail(requestEvent.giveUp, {
      code: "TIDEGATE_FRAMING_AMBIGUOUS",
      message: "Cannot read the request: the chunks of its body are malformed",
    });
  }

  /** Ends the exchange if its app, or its client, owes bytes for too long. Called about once a second, or as `watch` has it. */
  sweep(now: number): void {
    if (this.#tunnel !== null) return this.#sweepTunnel(now, this.#tunnel);
    const request = this.#request;
    const debtor = debtorOf(phaseOf(this.#state), request, this.#response, this.#connection, this.#upstream);
    const progress = request.bytes + this.#response.bytes + this.#response.status;
    if (debtor !== this.#debtor || progress !== this.#progress) {
      this.#debtor = debtor;
      this.#progress = progress;
      this.#owedSince = now;
      return;
    }
    const allowedMs = allowanceMs(debtor, this.#instance, this.#response, this.#connection);
    if (now - this.#owedSince < allowedMs) return;
    if (debtor === "reader") return this.#dropRest();
    this.#fail(requestEvent.giveUp, overdue(debtor, this.#response.status !== 0, this.#instance, allowedMs));
  }

  #sweepTunnel(now: number, tunnel: Tunnel): void {
    const { streamIdleTimeoutMs = 0 } = this.#instance?.function ?? {};
    if (streamIdleTimeoutMs === 0 || now - tunnel.idleSince < streamIdleTimeoutMs || isEnded(this.#state)) return;
    this.#record.error = "TIDEGATE_RESPONSE_STALLED";
    if (this.head.upgrade?.toLowerCase() === "websocket") tunnel.close(goingAway);
    else this.#connection.socket.destroy();
  }

  /** The app answered and reads no more of the request's body: its client must not be left waiting to send it. */
  #dropRest(): void {
    this.#response.keepsAlive = false;
    this.#perform(this.#step(requestEvent.dropRest), null);
  }

  #fail(event: RequestEvent, failure: Failure): void {
    const wasStream = this.isStream;
    const phase = phaseOf(this.#state);
    let effects = this.#step(event);
    // A stream that ends because its app does, with the host, is no failure; its client is to read what was sent.
    const isStopped = wasStream && this.#gateway.isDraining && failure.code === "TIDEGATE_INSTANCE_LOST";
    if (isStopped) effects &= ~requestEffect.breakOff;
    if (phase > requestPhase.queued) this.#response.keepsAlive = false;
    this.#perform(effects, isStopped ? { ...failure, code: "TIDEGATE_HOST_STOPPING" } : failure);
  }

  /** Carries out what the ledger says. */
  #perform(effects: number, failure: Failure | null): void {
    if ((effects & requestEffect.abort) !== 0) {
      this.#upstream?.destroy();
      this.#upstream = null;
    }
    if ((effects & requestEffect.leaveQueue) !== 0) this.function?.activator.cancel(this);
    const isFailed = phaseOf(this.#state) === requestPhase.failed;
    if (failure !== null && isFailed) this.#record.error = failure.code;
    if ((effects & requestEffect.release) !== 0) this.#release(outcomeOf(effects, failure));
    if ((effects & requestEffect.replay) !== 0) this.#replay();
    if ((effects & requestEffect.answer) !== 0 && failure !== null) {
      this.#response.writeError(failure.code, failure.message, this.#gateway.isDraining, failure.retryAfterSeconds);
    }
    if ((effects & requestEffect.breakOff) !== 0) this.#connection.breakOff();
    if ((effects & requestEffect.record) !== 0) this.#finish();
  }

  #replay(): void {
    setTimeout(
      () => {
        if (!isEnded(this.#state)) this.#gateway.handle(this);
      },
      replayPauseMs(replaysOf(this.#state)),
    );
  }

  // --- its end ------------------------------------------------------------------------------------------------------

  /** Answers with an error instead of the app. Nothing of a response may have been written. */
  refuse(code: HostErrorCode, message: string, retryAfterSeconds?: number): void {
    this.#fail(requestEvent.refuse, { code, message, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
  }

  /** Answers a request to the gateway itself. */
  answer(status: string, body: string): void {
    this.#response.writeOwn(status, body, this.#gateway.isDraining);
    this.#perform(this.#step(requestEvent.answer), null);
  }

  #noteHeld(): void {
    if (!this.#request.isHeld && isHeld(this.#state)) this.#step(requestEvent.overflow);
  }

  /** Goes on to the next state; returns it with what is to be done. */
  #step(event: RequestEvent): number {
    const next = stepRequest(this.#state, event);
    this.#state = next & requestStateMask;
    return next;
  }

  #release(outcome: SlotOutcome): void {
    const instance = this.#instance;
    if (instance === null) return;
    this.#record.servedBy = instance;
    this.#instance = null;
    this.function?.activator.release(this, instance, outcome);
  }

  #finish(): void {
    this.#watch?.delete(this);
    this.#request.dropHeld();
    this.#connection.onExchangeEnd(this.#response.keepsAlive);
    this.#record.close(this.#request, this.#response, replaysOf(this.#state));
    const record = this.#gateway.wantsRecords
      ? this.#record.finish(this.function?.config.name ?? "", this.#request)
      : null;
    this.#gateway.onEnd(this, record);
  }
}

function outcomeOf(effects: number, failure: Failure | null): SlotOutcome {
  if ((effects & requestEffect.replay) !== 0) return "lost";
  return failure !== null && instanceFailures.has(failure.code) ? "failed" : "cancelled";
}
