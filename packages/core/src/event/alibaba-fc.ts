import { noBasePath } from "./base-path.ts";
import { readAddress } from "./client-address.ts";
import { toFlatResponse } from "./flat-response.ts";
import { objectOrEmpty, optionalId, optionalMap, optionalString, readBody, readId, requiredString } from "./members.ts";
import type { HttpRequestMessage } from "./message.ts";
import { readMethod } from "./method.ts";
import { FUNCTION_COMPUTE_LIMITS } from "./payload-limits.ts";
import { readHeaders } from "./request-headers.ts";
import type { EventObject, EventSource } from "./source.ts";
import { cleanPath, encodePath, encodeQuery, joinTarget } from "./target.ts";

/** Function Compute 3.0 HTTP trigger on a built-in runtime. Format: FC documents, "HTTP trigger", event format v1. */
export const alibabaFc3: EventSource = {
  name: "alibaba-fc3",
  limits: FUNCTION_COMPUTE_LIMITS,
  toRequest: (event) => {
    const context = objectOrEmpty(event, "requestContext");
    const http = objectOrEmpty(context, "http");
    const headers = readHeaders(event);
    headers.addMissingHost(optionalString(context, "domainName"));
    return {
      method: readMethod(http, "method"),
      // http.path is decoded, rawPath is not. There is no raw query: repeats are already joined with a comma.
      target: joinTarget(
        cleanPath(requiredString(event, "rawPath")),
        encodeQuery(optionalMap(event, "queryParameters")),
      ),
      rawHeaders: headers.raw,
      headers: headers.joined,
      contentLengthAt: headers.contentLengthAt,
      transferEncodingAt: headers.transferEncodingAt,
      body: readBody(event),
      clientIp: readAddress(http.sourceIp),
      requestId: optionalId(context, "requestId"),
      isSecure: headers.isSecure,
    };
  },
  toResponse: toFlatResponse,
  basePath: noBasePath,
};

/** Alibaba API Gateway with a Function Compute backend. It has no request context; headers may tell the client's address. */
export const alibabaApigateway: EventSource = {
  name: "alibaba-apigateway",
  limits: FUNCTION_COMPUTE_LIMITS,
  toRequest: (event) => {
    const headers = readHeaders(event);
    return {
      method: readMethod(event, "httpMethod"),
      target: joinTarget(encodePath(requiredString(event, "path")), encodeQuery(optionalMap(event, "queryParameters"))),
      rawHeaders: headers.raw,
      headers: headers.joined,
      contentLengthAt: headers.contentLengthAt,
      transferEncodingAt: headers.transferEncodingAt,
      body: readBody(event),
      clientIp: headers.lastHop,
      requestId: readId(headers.find("x-ca-request-id")),
      isSecure: headers.isSecure,
    };
  },
  toResponse: toFlatResponse,
  basePath: noBasePath,
};

/**
 * Reads the request object of a Function Compute 2.0 HTTP function, which is called `(req, resp, context)` with live
 * objects instead of an event. Format: FC documents, "HTTP handler" of the Node runtime.
 *
 * @param request `req`; its body is a stream, or a buffer in newer runtimes, and not read here
 * @throws TIDEGATE_EVENT_MALFORMED when a member has an unexpected type, or holds what HTTP cannot carry
 */
export function readFc2Request(request: EventObject): HttpRequestMessage {
  const headers = readHeaders(request);
  return {
    method: readMethod(request, "method"),
    // url still holds the "/2016-08-15/proxy/..." prefix on the default domain; path and queries do not.
    target: joinTarget(encodePath(requiredString(request, "path")), encodeQuery(optionalMap(request, "queries"))),
    rawHeaders: headers.raw,
    headers: headers.joined,
    contentLengthAt: headers.contentLengthAt,
    transferEncodingAt: headers.transferEncodingAt,
    body: null,
    clientIp: readAddress(request.clientIP),
    requestId: undefined,
    isSecure: headers.isSecure,
  };
}
