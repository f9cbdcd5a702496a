import type { FunctionConfig } from "@tidegate/core";
import type { Refusal } from "./waiter.ts";

/** Seconds for `Retry-After`: whole ones, at least one. */
function retrySeconds(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / 1000));
}

/** What requests are told that a function does not serve, by why it does not. */
export const refusals = {
  headTooLarge: ({ name, maxHeaderBytes }: FunctionConfig): Refusal => ({
    code: "TIDEGATE_HEADERS_TOO_LARGE",
    message: `Cannot serve the request: its headers are larger than the ${maxHeaderBytes} bytes that function "${name}" takes`,
  }),
  bodyTooLarge: ({ name, maxBodyBytes }: FunctionConfig): Refusal => ({
    code: "TIDEGATE_BODY_TOO_LARGE",
    message: `Cannot serve the request: its body is larger than the ${maxBodyBytes} bytes that function "${name}" takes`,
  }),
  rateLimited: ({ name, rateLimit }: FunctionConfig, waitMs: number): Refusal => ({
    code: "TIDEGATE_RATE_LIMITED",
    message: `Cannot serve the request: function "${name}" takes ${rateLimit?.perSecond} per second${rateLimit?.per === "client" ? " from each client" : ""}`,
    retryAfterSeconds: retrySeconds(waitMs),
  }),
  circuitOpen: ({ name }: FunctionConfig, waitMs: number): Refusal => ({
    code: "TIDEGATE_CIRCUIT_OPEN",
    message: `Cannot serve the request: too many requests to function "${name}" failed, it is left alone for a moment`,
    retryAfterSeconds: retrySeconds(waitMs),
  }),
  memoryPressure: ({ name }: FunctionConfig, waitMs: number): Refusal => ({
    code: "TIDEGATE_MEMORY_PRESSURE",
    message: `Cannot serve the request: there is no memory for an instance of function "${name}"`,
    retryAfterSeconds: retrySeconds(waitMs),
  }),
  hostFull: (waitMs: number): Refusal => ({
    code: "TIDEGATE_MEMORY_PRESSURE",
    message: "Cannot serve the request: the host has no memory for more",
    retryAfterSeconds: retrySeconds(waitMs),
  }),
  limitReached: ({ name }: FunctionConfig, slots: number, waitMs: number): Refusal => ({
    code: "TIDEGATE_LIMIT_REACHED",
    message: `Cannot serve the request: all ${slots} invocations that function "${name}" may have at a time are running`,
    retryAfterSeconds: retrySeconds(waitMs),
  }),
  queueFull: ({ name, queueLimit }: FunctionConfig, waitMs: number): Refusal => ({
    code: "TIDEGATE_QUEUE_FULL",
    message: `Cannot serve the request: ${queueLimit} others wait for an instance of function "${name}"`,
    retryAfterSeconds: retrySeconds(waitMs),
  }),
  queueTimeout: ({ name, queueTimeoutMs }: FunctionConfig, waitMs: number): Refusal => ({
    code: "TIDEGATE_QUEUE_TIMEOUT",
    message: `Cannot serve the request: no instance of function "${name}" had room for ${queueTimeoutMs} ms`,
    retryAfterSeconds: retrySeconds(waitMs),
  }),
  noOther: ({ name }: FunctionConfig, instance: string): Refusal => ({
    code: "TIDEGATE_INSTANCE_LOST",
    message: `Cannot get a response from instance "${instance}": it closed the connection, and function "${name}" has no other`,
  }),
} as const;
