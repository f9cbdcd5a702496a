import { toFlatResponse } from "./flat-response.ts";
import { findHeader, isForwardedSecure, listHeaders } from "./headers.ts";
import { isObject, objectOrEmpty, optionalMap, optionalString, readBody, requiredString } from "./members.ts";
import type { HttpRequestMessage } from "./message.ts";
import type { EventObject, EventSource } from "./source.ts";
import { encodeQuery, joinTarget } from "./target.ts";

function toRequest(event: EventObject): HttpRequestMessage {
  const context = objectOrEmpty(event, "requestContext");
  const rawHeaders = listHeaders(optionalMap(event, "headers"));
  return {
    // requestContext has a path and a method too, but they are the API's own ("ANY").
    method: requiredString(event, "httpMethod"),
    // queryStringParameters lists declared parameters only; queryString is what the client sent.
    target: joinTarget(requiredString(event, "path"), encodeQuery(optionalMap(event, "queryString"))),
    rawHeaders,
    body: readBody(event),
    clientIp: optionalString(context, "sourceIp") ?? findHeader(rawHeaders, "x-scf-remote-addr"),
    requestId: optionalString(context, "requestId") ?? findHeader(rawHeaders, "x-scf-request-id"),
    isSecure: isForwardedSecure(rawHeaders),
  };
}

/** Tencent API Gateway trigger with integration response on. Format: SCF documents, "API Gateway trigger". */
export const tencentApigateway: EventSource = {
  name: "tencent-apigateway",
  matches: (event, context) => isObject(event.queryString) && context.serviceId !== undefined,
  toRequest,
  toResponse: toFlatResponse,
};

/** Tencent function URL: the gateway's shape without `requestContext`. Format: SCF documents, "Function URL". */
export const tencentFunctionUrl: EventSource = {
  name: "tencent-function-url",
  matches: (event) => isObject(event.queryString) && event.httpMethod !== undefined && event.path !== undefined,
  toRequest,
  toResponse: toFlatResponse,
};
