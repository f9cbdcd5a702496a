import { type InvocationRecord, type MeteredInvocation, traceIdOf } from "@tidegate/core";
import type { HostErrorCode } from "../errors.ts";
import type { Instance } from "../instance/instance.ts";
import type { ExchangeRequest } from "./exchange-request.ts";
import type { ExchangeResponse } from "./exchange-response.ts";

/** What is noted of an exchange while it runs; at its end the function's meter reads it, and one record is made of it. */
export class ExchangeRecord implements MeteredInvocation {
  /** Whether it waited for an instance that was not ready when it came. */
  isColdStart = false;
  error: HostErrorCode | null = null;
  /** The instance that had it last. */
  servedBy: Instance | null = null;
  status = 0;
  durationMs = 0;
  queueMs = 0;
  startMs = 0;
  replays = 0;
  requestBytes = 0;
  responseBytes = 0;
  readonly #startedAt: number = performance.now();
  #queuedAt: number | null = null;

  /** It waits for an instance: since it came, or since it is to be sent again. */
  enterQueue(isReplay: boolean): void {
    this.#queuedAt = isReplay ? performance.now() : this.#startedAt;
  }

  /** It waits no more; `instance` has room for it, null when none had. */
  leaveQueue(instance: Instance | null): void {
    if (this.#queuedAt === null) return;
    const waitedMs = performance.now() - this.#queuedAt;
    let startMs = 0;
    if (instance !== null && instance.readyAt >= this.#queuedAt) {
      this.isColdStart = true;
      startMs = instance.readyAt - Math.max(this.#queuedAt, instance.startedAt);
    }
    this.startMs += startMs;
    this.queueMs += waitedMs - startMs;
    this.#queuedAt = null;
  }

  /** The exchange is over: its numbers are final. */
  close(request: ExchangeRequest, response: ExchangeResponse, replays: number): void {
    // Who is gone while it waits has waited all the same.
    this.leaveQueue(null);
    this.status = response.status;
    this.durationMs = performance.now() - this.#startedAt;
    this.replays = replays;
    this.requestBytes = request.bytes;
    this.responseBytes = response.bytes;
  }

  /** The record, once it is closed. */
  finish(functionName: string, { id, head, protocol }: ExchangeRequest): InvocationRecord {
    return {
      requestId: id,
      function: functionName,
      revision: this.servedBy?.revision ?? null,
      instance: this.servedBy?.name ?? null,
      method: head.method,
      target: head.target,
      protocol,
      traceId: traceIdOf(head.lines),
      startedAt: Date.now() - this.durationMs,
      status: this.status,
      durationMs: this.durationMs,
      queueMs: this.queueMs,
      startMs: this.startMs,
      coldStart: this.isColdStart,
      replays: this.replays,
      requestBytes: this.requestBytes,
      responseBytes: this.responseBytes,
      error: this.error,
    };
  }
}
