import { noBasePath } from "./base-path.ts";
import { readAddress } from "./client-address.ts";
import { toFlatResponse } from "./flat-response.ts";
import { objectOrEmpty, optionalId, optionalMap, readBody, readId, requiredString } from "./members.ts";
import type { HttpRequestMessage } from "./message.ts";
import { readMethod } from "./method.ts";
import { SIX_MIB_LIMITS } from "./payload-limits.ts";
import { readHeaders } from "./request-headers.ts";
import type { EventObject, EventSource } from "./source.ts";
import { encodePath, encodeQuery, joinTarget } from "./target.ts";

function toRequest(event: EventObject): HttpRequestMessage {
  const context = objectOrEmpty(event, "requestContext");
  const headers = readHeaders(event);
  return {
    // requestContext has a path and a method too, but they are the API's own ("ANY").
    method: readMethod(event, "httpMethod"),
    // queryStringParameters lists declared parameters only; queryString is what the client sent.
    target: joinTarget(encodePath(requiredString(event, "path")), encodeQuery(optionalMap(event, "queryString"))),
    rawHeaders: headers.raw,
    headers: headers.joined,
    contentLengthAt: headers.contentLengthAt,
    transferEncodingAt: headers.transferEncodingAt,
    body: readBody(event),
    clientIp: readAddress(context.sourceIp) ?? readAddress(headers.find("x-scf-remote-addr")),
    requestId: optionalId(context, "requestId") ?? readId(headers.find("x-scf-request-id")),
    isSecure: headers.isSecure,
  };
}

/**
 * Tencent API Gateway trigger with integration response on. The path has the API's own path in front, which is part of
 * the URL the client asked for. Format: SCF documents, "API Gateway trigger".
 */
export const tencentApigateway: EventSource = {
  name: "tencent-apigateway",
  limits: SIX_MIB_LIMITS,
  toRequest,
  toResponse: toFlatResponse,
  basePath: noBasePath,
};

/** Tencent function URL: the gateway's shape without `requestContext`. Format: SCF documents, "Function URL". */
export const tencentFunctionUrl: EventSource = {
  name: "tencent-function-url",
  limits: SIX_MIB_LIMITS,
  toRequest,
  toResponse: toFlatResponse,
  basePath: noBasePath,
};
