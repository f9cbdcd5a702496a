type Context = Record<string, unknown>;

/** Longest a handler stops before the platform would, in milliseconds. */
const MARGIN_MS = 500;
/** Share of the remaining time the margin is at most, so that short timeouts are used as well. */
const MARGIN_SHARE = 0.2;

/** Id of the invocation in a context: Lambda and Netlify, Alibaba, Tencent, Huawei, Azure. */
export function contextRequestId(context: unknown): string | undefined {
  if (typeof context !== "object" || context === null) return undefined;
  const { awsRequestId, requestId, request_id, getRequestID, invocationId } = context as Context;
  const id = awsRequestId ?? requestId ?? request_id ?? invocationId;
  if (typeof id === "string" && id !== "") return id;
  return typeof getRequestID === "function" ? String(getRequestID.call(context)) : undefined;
}

/**
 * Tells how long a platform lets this invocation run on: Lambda and Netlify, Huawei, Tencent, Alibaba.
 *
 * @returns milliseconds; `undefined` where the context does not say
 */
export function remainingTimeMs(context: unknown): number | undefined {
  if (typeof context !== "object" || context === null) return undefined;
  const {
    getRemainingTimeInMillis,
    getRemainingTimeInMilliSeconds,
    time_limit_in_ms,
    function: meta,
  } = context as Context;
  let remaining: unknown;
  if (typeof getRemainingTimeInMillis === "function") remaining = getRemainingTimeInMillis.call(context);
  else if (typeof getRemainingTimeInMilliSeconds === "function") {
    remaining = getRemainingTimeInMilliSeconds.call(context);
  } else if (time_limit_in_ms !== undefined) remaining = time_limit_in_ms;
  else if (typeof meta === "object" && meta !== null) remaining = Number((meta as Context).timeout) * 1000;
  // Local emulators answer 0 for "I do not know".
  return typeof remaining === "number" && remaining > 0 && Number.isFinite(remaining) ? remaining : undefined;
}

/**
 * Sets the time by which an app has to have answered, so that its handler still can when it has not: 500 ms before the
 * platform's own timeout, or a fifth of the time if that is less.
 *
 * @param context the platform's context
 * @param timeoutMs time given to the app where the context does not tell, or to make it shorter; `undefined` for none
 * @returns milliseconds since 1970, `undefined` for no deadline
 *
 * @example
 * deadlineMs({ getRemainingTimeInMillis: () => 3000 }, undefined, 0); // 2500
 * deadlineMs({ getRemainingTimeInMillis: () => 1000 }, undefined, 0); // 800
 */
export function deadlineMs(context: unknown, timeoutMs: number | undefined, nowMs: number): number | undefined {
  const remaining = remainingTimeMs(context);
  const allowed =
    remaining === undefined ? undefined : remaining - Math.min(MARGIN_MS, Math.ceil(remaining * MARGIN_SHARE));
  if (allowed === undefined) return timeoutMs === undefined ? undefined : nowMs + timeoutMs;
  return nowMs + (timeoutMs === undefined ? allowed : Math.min(allowed, timeoutMs));
}

/** A web platform's own way to keep working after the response: Netlify, Cloudflare, Deno. */
export function platformWaitUntil(context: unknown): ((promise: Promise<unknown>) => void) | undefined {
  const keep = (context as { waitUntil?: unknown } | null | undefined)?.waitUntil;
  return typeof keep === "function" ? (promise) => keep.call(context, promise) : undefined;
}
