import { contextRequestId } from "../context.ts";
import type { Listener } from "../listener.ts";
import { parseSetCookie, type ResponseCookie } from "./set-cookie.ts";
import { type RequestLike, serveWeb, toHeaders, toWebExchange } from "./web.ts";

/** Answer of an Azure function, model v4. Format: type declarations of `@azure/functions`, `HttpResponseInit`. */
export interface AzureResponse {
  status: number;
  headers: Headers;
  cookies?: ResponseCookie[];
  body?: ReadableStream<Uint8Array>;
}

/** Tells whether a value is an Azure `HttpRequest`: like a web request, but with `params` and `query` and of another class. */
export function isAzureRequest(value: unknown): value is RequestLike {
  if (typeof value !== "object" || value === null) return false;
  const { headers, params, query, url } = value as Record<string, unknown>;
  const isWebLike = typeof url === "string" && typeof (headers as Headers | undefined)?.get === "function";
  return isWebLike && typeof params === "object" && query instanceof URLSearchParams;
}

/**
 * Answers an Azure `HttpRequest`. The path keeps the `/api` prefix unless `host.json` removes it.
 *
 * @throws TIDEGATE_RESPONSE_ABORTED
 */
export async function answerAzure(
  listener: Listener,
  request: RequestLike,
  context: unknown,
  timeoutMs: number | undefined,
): Promise<AzureResponse> {
  const web = toWebExchange(request, "azure", context, timeoutMs);
  const forwarded = request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
  const input = {
    ...web,
    // Azure's front end appends the client with its port, "203.0.113.7:51234".
    clientIp: forwarded?.replace(/^(\d+(?:\.\d+){3}):\d+$/, "$1"),
    requestId: contextRequestId(context) ?? web.requestId,
  };
  const response = await serveWeb(listener, request, input);
  const headers = toHeaders(response.rawHeaders);
  const answer: AzureResponse = { status: response.status, headers };
  const setCookies = headers.getSetCookie();
  // One cookie passes as a header, unchanged; several may be merged there, so they take the list.
  if (setCookies.length > 1) {
    headers.delete("set-cookie");
    answer.cookies = setCookies.map(parseSetCookie);
  }
  if (response.body !== null) answer.body = response.body;
  return answer;
}
