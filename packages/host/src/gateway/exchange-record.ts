import type { InvocationRecord } from "@tidegate/core";
import type { HostErrorCode } from "../errors.ts";
import type { Instance } from "../instance/instance.ts";
import type { ExchangeRequest } from "./exchange-request.ts";
import type { ExchangeResponse } from "./exchange-response.ts";

/** What is noted of an exchange while it runs, for the one record at its end. */
export class ExchangeRecord {
  /** Whether it waited for an instance that was not ready when it came. */
  isColdStart = false;
  error: HostErrorCode | null = null;
  /** The instance that had it last. */
  servedBy: Instance | null = null;
  readonly #startedAt: number = performance.now();
  #queuedAt: number | null = null;
  #queueMs = 0;

  /** It waits for an instance: since it came, or since it is to be sent again. */
  enterQueue(isReplay: boolean): void {
    this.#queuedAt = isReplay ? performance.now() : this.#startedAt;
  }

  /** It waits no more; `instance` has room for it, null when none had. */
  leaveQueue(instance: Instance | null): void {
    if (this.#queuedAt === null) return;
    if (instance !== null && instance.readyAt >= this.#queuedAt) this.isColdStart = true;
    this.#queueMs += performance.now() - this.#queuedAt;
    this.#queuedAt = null;
  }

  /** The record, now that the exchange is over. */
  finish(functionName: string, request: ExchangeRequest, response: ExchangeResponse): InvocationRecord {
    return {
      requestId: request.id,
      function: functionName,
      revision: this.servedBy?.revision ?? null,
      instance: this.servedBy?.name ?? null,
      method: request.head.method,
      target: request.head.target,
      status: response.status,
      durationMs: performance.now() - this.#startedAt,
      queueMs: this.#queueMs,
      coldStart: this.isColdStart,
      requestBytes: request.bytes,
      responseBytes: response.bytes,
      error: this.error,
    };
  }
}
