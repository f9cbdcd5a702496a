import { toFlatResponse } from "./flat-response.ts";
import { isForwardedSecure, listHeaders, withHost } from "./headers.ts";
import { objectOrEmpty, optionalMap, optionalString, readBody, requiredString } from "./members.ts";
import type { HttpRequestMessage } from "./message.ts";
import type { EventObject, EventSource } from "./source.ts";
import { encodeQuery, joinTarget } from "./target.ts";

/** Function Compute 3.0 HTTP trigger on a built-in runtime. Format: FC documents, "HTTP trigger", event format v1. */
export const alibabaFc3: EventSource = {
  name: "alibaba-fc3",
  matches: (event, context) => event.version === "v1" && context.http !== undefined,
  toRequest: (event) => {
    const context = objectOrEmpty(event, "requestContext");
    const http = objectOrEmpty(context, "http");
    const rawHeaders = withHost(listHeaders(optionalMap(event, "headers")), optionalString(context, "domainName"));
    return {
      method: requiredString(http, "method"),
      // http.path is decoded, rawPath is not. There is no raw query: repeats are already joined with a comma.
      target: joinTarget(requiredString(event, "rawPath"), encodeQuery(optionalMap(event, "queryParameters"))),
      rawHeaders,
      body: readBody(event),
      clientIp: optionalString(http, "sourceIp"),
      requestId: optionalString(context, "requestId"),
      isSecure: isForwardedSecure(rawHeaders),
    };
  },
  toResponse: toFlatResponse,
};

/** Alibaba API Gateway with a Function Compute backend. It has no request context, hence no client address. */
export const alibabaApigateway: EventSource = {
  name: "alibaba-apigateway",
  matches: (event) => event.httpMethod !== undefined && event.queryParameters !== undefined,
  toRequest: (event) => {
    const rawHeaders = listHeaders(optionalMap(event, "headers"));
    return {
      method: requiredString(event, "httpMethod"),
      target: joinTarget(requiredString(event, "path"), encodeQuery(optionalMap(event, "queryParameters"))),
      rawHeaders,
      body: readBody(event),
      clientIp: undefined,
      requestId: undefined,
      isSecure: isForwardedSecure(rawHeaders),
    };
  },
  toResponse: toFlatResponse,
};

/**
 * Reads the request object of a Function Compute 2.0 HTTP function, which is called `(req, resp, context)` with live
 * objects instead of an event. Format: FC documents, "HTTP handler" of the Node runtime.
 *
 * @param request `req`; its body is a stream, or a buffer in newer runtimes, and not read here
 * @throws TIDEGATE_EVENT_MALFORMED when a member has an unexpected type
 */
export function readFc2Request(request: EventObject): HttpRequestMessage {
  const rawHeaders = listHeaders(optionalMap(request, "headers"));
  return {
    method: requiredString(request, "method"),
    // url still holds the "/2016-08-15/proxy/..." prefix on the default domain; path and queries do not.
    target: joinTarget(requiredString(request, "path"), encodeQuery(optionalMap(request, "queries"))),
    rawHeaders,
    body: null,
    clientIp: optionalString(request, "clientIP"),
    requestId: undefined,
    isSecure: isForwardedSecure(rawHeaders),
  };
}
