import { isForwardedSecure, listHeaders, withHost } from "./headers.ts";
import { objectOrEmpty, optionalMap, optionalString, readBody, requiredString } from "./members.ts";
import type { HttpRequestMessage, HttpResponseMessage } from "./message.ts";
import { bodyMembers } from "./response-body.ts";
import { type HeaderMap, type MultiHeaderMap, splitMaps } from "./response-headers.ts";
import type { EventObject, EventSource } from "./source.ts";
import { encodeQuery, joinTarget } from "./target.ts";

/** Answer to API Gateway in payload format 1.0; `multiValueHeaders` wins where both maps name a header. */
interface AwsV1Response {
  statusCode: number;
  headers: HeaderMap;
  multiValueHeaders?: MultiHeaderMap;
  body: string;
  isBase64Encoded: boolean;
}

function toRequest(event: EventObject): HttpRequestMessage {
  const context = objectOrEmpty(event, "requestContext");
  // The single maps hold the last value only. The query is decoded in both.
  const headers = optionalMap(event, "multiValueHeaders") ?? optionalMap(event, "headers");
  const query = optionalMap(event, "multiValueQueryStringParameters") ?? optionalMap(event, "queryStringParameters");
  const rawHeaders = withHost(listHeaders(headers), optionalString(context, "domainName"));
  return {
    method: requiredString(event, "httpMethod"),
    target: joinTarget(requiredString(event, "path"), encodeQuery(query)),
    rawHeaders,
    body: readBody(event),
    clientIp: optionalString(objectOrEmpty(context, "identity"), "sourceIp"),
    requestId: optionalString(context, "requestId"),
    isSecure: isForwardedSecure(rawHeaders),
  };
}

function toResponse(response: HttpResponseMessage): AwsV1Response {
  return { statusCode: response.status, ...splitMaps(response.rawHeaders), ...bodyMembers(response.body) };
}

/** API Gateway REST API, Lambda proxy integration. Format: API Gateway developer guide, "Lambda proxy integrations". */
export const awsRest: EventSource = {
  name: "aws-rest",
  matches: (event, context) =>
    event.version === undefined && event.httpMethod !== undefined && context.resourcePath !== undefined,
  toRequest,
  toResponse,
};

/** API Gateway HTTP API set to payload format 1.0. It decodes the path, which `joinTarget` repairs. */
export const awsHttpV1: EventSource = {
  name: "aws-http-v1",
  matches: (event) => event.version === "1.0" && event.httpMethod !== undefined,
  toRequest,
  toResponse,
};
