import type { Socket } from "node:net";
import {
  isEnded,
  isHeld,
  isTunnel,
  mayReplay,
  type RequestEvent,
  requestEffect,
  requestEvent,
  requestPhase,
} from "@tidegate/core";
import { refusals } from "../activator/refusals.ts";
import type { HostErrorCode } from "../errors.ts";
import type { Instance } from "../instance/instance.ts";
import { ExchangeCourse } from "./exchange-course.ts";
import { allowanceMs, type Debtor, debtorOf, overdue } from "./exchange-deadline.ts";
import { listMembers } from "./header-lines.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";
import { openTunnel, type Tunnel } from "./tunnel.ts";
import type { ResponseReceiver } from "./upstream.ts";

export type { ExchangeGateway } from "./exchange-course.ts";

/** Status of a WebSocket's Close frame: its server goes away (RFC 6455, 7.4.1). */
const goingAway = 1001;

/** One request and its response, whose bytes it leads between a client and an instance, both ways with backpressure. */
export class Exchange extends ExchangeCourse implements ResponseReceiver {
  onContent: ((data: Buffer) => void) | undefined = undefined;
  /** Whether the connection to the instance was made for it; a stream of HTTP/2 goes over one that may be old. */
  #isFresh = false;
  /** Who was waited for when that was last looked at, what had come by then, and since when. */
  #debtor: Debtor = "app";
  #progress = 0;
  #owedSince = 0;

  get head(): RequestHead {
    return this.request.head;
  }

  get method(): string {
    return this.request.head.method;
  }

  /** Whether all of the request's body has arrived. */
  get isRequestSent(): boolean {
    return this.request.isSent;
  }

  protected get self(): this {
    return this;
  }

  // --- the request's way --------------------------------------------------------------------------------------------

  forward(instance: Instance): void {
    this.step(requestEvent.grant);
    this.unpauseClient();
    const upstream = instance.upstream.acquire();
    this.instance = instance;
    this.upstream = upstream;
    this.#isFresh = !upstream.hasConnected && "connecting" in upstream.socket;
    this.#debtor = "app";
    this.#progress = this.request.bytes;
    this.#owedSince = this.dispatchedAt;
    this.watch = this.function?.activator.watch ?? null;
    this.watch?.add(this);
    upstream.begin(this);
    this.request.sendTo(upstream);
    if (this.request.bytes > 0) this.#noteHeld();
  }

  /**
   * Takes bytes of the request's body.
   * @returns index after the last one that belongs to it, -1 when its framing is broken.
   */
  takeBody(chunk: Buffer, start: number): number {
    const end = this.request.take(chunk, start, this.upstream);
    if (end <= start) return end;
    this.#noteHeld();
    const isUnread = this.phase === requestPhase.unread;
    if (this.request.isTooLarge && this.function !== null && !isUnread) {
      this.fail(requestEvent.giveUp, refusals.bodyTooLarge(this.function.config));
    } else if (this.isRequestSent) {
      if ((this.step(requestEvent.sent) & requestEffect.record) !== 0) this.finish();
    } else if (this.upstream === null && !isUnread && this.request.mustPause) {
      this.pauseClient();
    }
    return end;
  }

  onWritable(): void {
    this.request.resume();
  }

  #noteHeld(): void {
    if (!this.request.isHeld && isHeld(this.state)) this.step(requestEvent.overflow);
  }

  // --- the response's way -------------------------------------------------------------------------------------------

  onInterim(head: Buffer): void {
    this.request.continued();
    this.response.writeInterim(head);
  }

  onHead(head: ResponseHead, more: boolean): void {
    this.step(requestEvent.head);
    this.request.dropHeld();
    const isUnchunked = this.response.begin(head, this.gateway.isDraining, this.#ownLines());
    if (isUnchunked) this.onContent = (data) => this.#write(data, 0, data.length);
    if (!more) this.response.flushHead();
  }

  onBody(chunk: Buffer, start: number, end: number): void {
    this.response.bytes += end - start;
    if (this.onContent === undefined) this.#write(chunk, start, end);
  }

  onUpgrade(head: ResponseHead, socket: Socket, first: Buffer): void {
    if (this.head.upgrade === null || head.upgrade === null || !isOffered(head.upgrade, this.head.upgrade)) {
      // Nobody asked to leave HTTP for that: what follows would reach the client past the gateway.
      socket.destroy();
      return this.onBroken("TIDEGATE_RESPONSE_INVALID", null);
    }
    this.step(requestEvent.upgrade);
    this.request.dropHeld();
    this.response.status = 101;
    this.upstream = null;
    const lines = head.lines + this.#ownLines();
    const client = this.connection.detach();
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
        this.request.bytes += bytes.fromClient;
        this.response.bytes += bytes.fromInstance;
        this.#complete();
      },
    });
    this.tunnel = tunnel;
    const forgetDraining = this.instance?.onDraining(() => tunnel.close(goingAway));
  }

  /** The host is about to stop: a WebSocket is ended in order. */
  goAway(): void {
    this.tunnel?.close(goingAway);
  }

  /** Whether it is a WebSocket that is being ended in order: its app has been told, and may be about to answer. */
  get isGoingAway(): boolean {
    return this.tunnel?.isClosing ?? false;
  }

  onComplete(): void {
    this.response.flushHead();
    this.#complete();
  }

  /** The client takes more bytes. */
  onClientWritable(): void {
    this.upstream?.socket.resume();
  }

  #write(chunk: Buffer, start: number, end: number): void {
    if (!this.response.write(chunk, start, end)) this.upstream?.socket.pause();
  }

  #complete(): void {
    const effects = this.step(requestEvent.complete);
    if ((effects & requestEffect.release) !== 0) this.release("answered");
    if ((effects & requestEffect.record) !== 0) {
      this.upstream = null;
      this.finish();
    } else if (this.request.isBodyUncertain) {
      // Its client was never told to go on, and may send the body or not.
      this.#dropRest();
    }
    // Else the rest of the body still goes to the app, as it would without us; it may well read it.
  }

  /** Lines that the function's activator adds to the response. */
  #ownLines(): string {
    if (this.function === null || this.instance === null) return "";
    return this.function.activator.onFirstByte(this, this.instance, this.connection.info.isSecure);
  }

  // --- what may go wrong --------------------------------------------------------------------------------------------

  onBroken(code: "TIDEGATE_INSTANCE_LOST" | "TIDEGATE_RESPONSE_INVALID", cause: Error | null): void {
    const hasReached = this.upstream?.hasConnected ?? true;
    const { instance } = this;
    this.upstream = null;
    if (this.phase === requestPhase.dispatched && hasReached) this.step(requestEvent.connect);
    // Only the rest of the request's body is left, and nobody wants it: it is read and dropped.
    if (this.phase === requestPhase.unread) this.connection.socket.resume();
    // What it closed at once it would close again; an idle connection it may have been about to close anyway.
    this.avoided = instance;
    this.avoidsStrictly = hasReached && this.#isFresh;
    const why =
      code === "TIDEGATE_RESPONSE_INVALID"
        ? "it answered what is not HTTP/1.1"
        : `it closed the connection${cause === null ? "" : ` (${cause.message})`}`;
    const message = `Cannot get a response from instance "${instance?.name}": ${why}`;
    this.fail(this.#lossEvent(code), { code, message });
  }

  #lossEvent(code: HostErrorCode): RequestEvent {
    if (code === "TIDEGATE_RESPONSE_INVALID") return requestEvent.invalid;
    const isReplayed = mayReplay(this.state) && this.function?.activator.takeReplay() === true;
    return isReplayed ? requestEvent.lose : requestEvent.loseForGood;
  }

  /** The client went away: its request is cancelled in the app. */
  onClientGone(): void {
    if (isEnded(this.state) || isTunnel(this.state)) return;
    const message = "Cannot answer the request: its client is gone";
    this.fail(requestEvent.leave, { code: "TIDEGATE_CLIENT_GONE", message });
  }

  /** The framing of the request's body is broken: nobody can tell where it ends, so the app must not act on it. */
  onRequestBroken(): void {
    const message = "Cannot read the request: the chunks of its body are malformed";
    this.fail(requestEvent.giveUp, { code: "TIDEGATE_FRAMING_AMBIGUOUS", message });
  }

  sweep(now: number): void {
    if (isEnded(this.state)) return;
    if (this.tunnel !== null) return this.#sweepTunnel(now, this.tunnel);
    const { request, response, connection } = this;
    const debtor = debtorOf(this.phase, request, response, connection, this.upstream);
    const progress = request.bytes + response.bytes + response.status;
    if (debtor !== this.#debtor || progress !== this.#progress) {
      this.#debtor = debtor;
      this.#progress = progress;
      this.#owedSince = now;
      return;
    }
    const allowedMs = allowanceMs(debtor, this.instance, response, connection);
    if (now - this.#owedSince < allowedMs) return;
    if (debtor === "reader") this.#dropRest();
    else this.fail(requestEvent.giveUp, overdue(debtor, response.status !== 0, this.instance, allowedMs));
  }

  #sweepTunnel(now: number, tunnel: Tunnel): void {
    const { streamIdleTimeoutMs = 0 } = this.instance?.function ?? {};
    if (streamIdleTimeoutMs === 0 || now - tunnel.idleSince < streamIdleTimeoutMs) return;
    this.record.error = "TIDEGATE_RESPONSE_STALLED";
    if (this.head.upgrade?.toLowerCase() === "websocket") tunnel.close(goingAway);
    else this.connection.socket.destroy();
  }

  /** The app answered and reads no more of the request's body: its client must not be left waiting to send it. */
  #dropRest(): void {
    this.response.keepsAlive = false;
    this.perform(this.step(requestEvent.dropRest), null);
  }
}

/** Whether a server may switch to these protocols: to those that its client named (RFC 9110, 7.8). */
function isOffered(chosen: string, offered: string): boolean {
  const names = listMembers(offered);
  return listMembers(chosen).every((name) => names.includes(name));
}
