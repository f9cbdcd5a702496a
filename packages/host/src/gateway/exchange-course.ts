import {
  type InvocationRecord,
  isEnded,
  type MeteredInvocation,
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
import type { DeadlineWatch, Sweepable } from "../activator/deadline-watch.ts";
import type { QueuePlace } from "../activator/wait-queue.ts";
import type { Refusal, SlotOutcome, Waiter } from "../activator/waiter.ts";
import type { HostErrorCode } from "../errors.ts";
import type { Instance } from "../instance/instance.ts";
import type { ServedFunction } from "../served-function.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { Exchange } from "./exchange.ts";
import { ExchangeRecord } from "./exchange-record.ts";
import { ExchangeRequest } from "./exchange-request.ts";
import { ExchangeResponse } from "./exchange-response.ts";
import { pausedClients } from "./paused-clients.ts";
import { replayPauseMs } from "./replay.ts";
import { isIdempotent } from "./request-facts.ts";
import type { RequestHead } from "./request-head.ts";
import type { Tunnel } from "./tunnel.ts";
import type { UpstreamConnection } from "./upstream.ts";

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

/**
 * The course of an exchange, from its admission to its one record. What state it is in, what may happen next and what
 * is to be done then is the ledger's to say (`request-ledger.ts` of core); this does it. `Exchange` leads the bytes.
 */
export abstract class ExchangeCourse implements Waiter, Sweepable {
  /** Set by the gateway once routed. */
  function: ServedFunction | null = null;
  dispatchedAt = 0;
  place: QueuePlace | null = null;
  avoided: Instance | null = null;
  avoidsStrictly = false;
  readonly request: ExchangeRequest;
  protected readonly connection: ClientConnection;
  protected readonly gateway: ExchangeGateway;
  protected readonly response: ExchangeResponse;
  protected readonly record: ExchangeRecord = new ExchangeRecord();
  /** Whose slot it holds. */
  protected instance: Instance | null = null;
  protected upstream: UpstreamConnection | null = null;
  protected tunnel: Tunnel | null = null;
  protected watch: DeadlineWatch | null = null;
  #state: RequestState;
  #isPaused = false;

  constructor(connection: ClientConnection, gateway: ExchangeGateway, head: RequestHead, requestId: string) {
    this.connection = connection;
    this.gateway = gateway;
    this.request = new ExchangeRequest(connection, head, requestId);
    this.response = new ExchangeResponse(connection, this.request);
    this.#state = newRequest({ isIdempotent: isIdempotent(head), isSent: this.request.isSent });
  }

  /** Sends the request to the instance, whose slot it holds from here on. */
  abstract forward(instance: Instance): void;

  /** The client went away. */
  abstract onClientGone(): void;

  /** Ends it if its app, or its client, owes bytes for too long. Called about once a second, or as its `watch` has it. */
  abstract sweep(now: number): void;

  /** Where it is on its way. */
  get state(): RequestState {
    return this.#state;
  }

  get phase(): number {
    return phaseOf(this.#state);
  }

  get isReplay(): boolean {
    return replaysOf(this.#state) > 0;
  }

  get isEndless(): boolean {
    return this.tunnel !== null || this.response.isEventStream;
  }

  /** Whether its response goes on, and has no end of its own: an upgrade, an event stream. */
  get isStream(): boolean {
    return this.phase === requestPhase.firstByte && this.isEndless;
  }

  /** Whether its response is on its way, and ends by itself. */
  get isRunning(): boolean {
    return this.phase < requestPhase.unread && !this.isStream;
  }

  get isColdStart(): boolean {
    return this.record.isColdStart;
  }

  get error(): HostErrorCode | null {
    return this.record.error;
  }

  /** Its numbers, once it is over. */
  get metered(): MeteredInvocation {
    return this.record;
  }

  // --- its admission ------------------------------------------------------------------------------------------------

  /** The function has no room now. */
  queued(): void {
    // The activator tells it first; the gateway, whose path of a request is to be read in one place, once more.
    if (this.phase !== requestPhase.arrived && this.phase !== requestPhase.pausing) return;
    this.step(requestEvent.queue);
    this.record.enterQueue(this.isReplay);
    if (this.request.mustPause) this.pauseClient();
  }

  granted(instance: Instance): void {
    this.record.leaveQueue(instance);
    this.forward(instance);
  }

  refused(refusal: Refusal): void {
    this.record.leaveQueue(null);
    this.fail(requestEvent.refuse, refusal);
  }

  /** Answers with an error instead of the app. Nothing of a response may have been written. */
  refuse(code: HostErrorCode, message: string): void {
    this.fail(requestEvent.refuse, { code, message });
  }

  /** Answers a request to the gateway itself. */
  answer(status: string, body: string): void {
    this.response.writeOwn(status, body, this.gateway.isDraining);
    this.perform(this.step(requestEvent.answer), null);
  }

  // --- its steps ----------------------------------------------------------------------------------------------------

  /** Goes on to the next state; returns it with what is to be done. */
  protected step(event: RequestEvent): number {
    try {
      const next = stepRequest(this.#state, event);
      this.#state = next & requestStateMask;
      return next;
    } catch (bug) {
      // It would end the host, and with it all other requests: this one stays as it is, and its timeouts end it.
      process.emitWarning(bug as Error);
      return this.#state;
    }
  }

  /** Something went wrong; what becomes of it is told by the ledger. */
  protected fail(event: RequestEvent, failure: Refusal): void {
    const { phase, isStream } = this;
    let effects = this.step(event);
    // A stream that ends because its app does, with the host, is no failure; its client is to read what was sent.
    const isStopped = isStream && this.gateway.isDraining && failure.code === "TIDEGATE_INSTANCE_LOST";
    if (isStopped) effects &= ~requestEffect.breakOff;
    if (phase === requestPhase.firstByte || phase === requestPhase.unread) this.response.keepsAlive = false;
    this.perform(effects, isStopped ? { ...failure, code: "TIDEGATE_HOST_STOPPING" } : failure);
  }

  protected perform(effects: number, failure: Refusal | null): void {
    if ((effects & requestEffect.abort) !== 0) {
      this.upstream?.destroy();
      this.upstream = null;
    }
    if ((effects & requestEffect.leaveQueue) !== 0) this.function?.activator.cancel(this);
    if (failure !== null && this.phase === requestPhase.failed) this.record.error = failure.code;
    if ((effects & requestEffect.release) !== 0) this.release(outcomeOf(effects, failure));
    if ((effects & requestEffect.replay) !== 0) this.#replay();
    if ((effects & requestEffect.answer) !== 0 && failure !== null) {
      this.response.writeError(failure.code, failure.message, this.gateway.isDraining, failure.retryAfterSeconds);
    }
    if ((effects & requestEffect.breakOff) !== 0) this.connection.breakOff();
    if ((effects & requestEffect.record) !== 0) this.finish();
  }

  protected release(outcome: SlotOutcome): void {
    const { instance } = this;
    if (instance === null) return;
    this.record.servedBy = instance;
    this.instance = null;
    this.function?.activator.release(this, instance, outcome);
  }

  /** Reads no more of its client while it waits. */
  protected pauseClient(): void {
    this.request.pause();
    this.#isPaused = true;
    pausedClients.add(this, this.connection.socket, () => this.onClientGone());
  }

  /** It waits no more: its client is read again, or over. */
  protected unpauseClient(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    pausedClients.delete(this);
  }

  /** It is over. */
  protected finish(): void {
    this.watch?.delete(this);
    this.unpauseClient();
    this.request.dropHeld();
    this.connection.onExchangeEnd(this.response.keepsAlive);
    this.record.close(this.request, this.response, replaysOf(this.#state));
    const record = this.gateway.wantsRecords
      ? this.record.finish(this.function?.config.name ?? "", this.request)
      : null;
    this.gateway.onEnd(this.self, record);
  }

  /** Itself, as its gateway knows it. */
  protected abstract get self(): Exchange;

  #replay(): void {
    setTimeout(
      () => {
        if (!isEnded(this.#state)) this.gateway.handle(this.self);
      },
      replayPauseMs(replaysOf(this.#state)),
    );
  }
}

function outcomeOf(effects: number, failure: Refusal | null): SlotOutcome {
  if ((effects & requestEffect.replay) !== 0) return "lost";
  return failure !== null && instanceFailures.has(failure.code) ? "failed" : "cancelled";
}
