import { toFlatResponse } from "./flat-response.ts";
import { findHeader, isForwardedSecure, lastForwardedFor, listHeaders } from "./headers.ts";
import { objectOrEmpty, optionalMap, optionalString, readBody, requiredString } from "./members.ts";
import type { EventSource } from "./source.ts";
import { encodeQuery, joinTarget } from "./target.ts";

/** FunctionGraph APIG trigger. Format: FunctionGraph user guide, "APIG trigger"; the body is base64 even for JSON. */
export const huaweiApig: EventSource = {
  name: "huawei-apig",
  matches: (event, context) =>
    event.httpMethod !== undefined && context.apiId !== undefined && context.resourcePath === undefined,
  toRequest: (event) => {
    const rawHeaders = listHeaders(optionalMap(event, "headers"));
    return {
      method: requiredString(event, "httpMethod"),
      target: joinTarget(requiredString(event, "path"), encodeQuery(optionalMap(event, "queryStringParameters"))),
      rawHeaders,
      body: readBody(event),
      clientIp: findHeader(rawHeaders, "x-real-ip") ?? lastForwardedFor(rawHeaders),
      requestId: optionalString(objectOrEmpty(event, "requestContext"), "requestId"),
      isSecure: isForwardedSecure(rawHeaders),
    };
  },
  toResponse: toFlatResponse,
};
