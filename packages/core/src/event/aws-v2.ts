import { findHeader, isForwardedSecure, listHeaders, withHost } from "./headers.ts";
import { objectOrEmpty, optionalMap, optionalString, readBody, requiredString } from "./members.ts";
import type { HttpRequestMessage, HttpResponseMessage } from "./message.ts";
import { bodyMembers } from "./response-body.ts";
import { type HeaderMap, joinedMap } from "./response-headers.ts";
import type { EventObject, EventSource } from "./source.ts";
import { cleanQuery, joinTarget } from "./target.ts";

/** Answer in payload format 2.0; `multiValueHeaders` would be ignored, cookies have their own member. */
interface AwsV2Response {
  statusCode: number;
  headers: HeaderMap;
  cookies?: string[];
  body: string;
  isBase64Encoded: boolean;
}

function toRequest(event: EventObject): HttpRequestMessage {
  const context = objectOrEmpty(event, "requestContext");
  const http = objectOrEmpty(context, "http");
  const rawHeaders = withHost(listHeaders(optionalMap(event, "headers")), optionalString(context, "domainName"));
  const cookies = event.cookies;
  // HTTP APIs move cookies out of the headers; Function URLs send both, and adding them again would double each.
  if (Array.isArray(cookies) && cookies.length > 0 && findHeader(rawHeaders, "cookie") === undefined) {
    rawHeaders.push("cookie", cookies.join("; "));
  }
  return {
    method: requiredString(http, "method"),
    // The map joins repeats with a comma; only the raw query tells them apart.
    target: joinTarget(requiredString(event, "rawPath"), cleanQuery(optionalString(event, "rawQueryString") ?? "")),
    rawHeaders,
    body: readBody(event),
    clientIp: optionalString(http, "sourceIp"),
    requestId: optionalString(context, "requestId"),
    isSecure: isForwardedSecure(rawHeaders),
  };
}

function toResponse(response: HttpResponseMessage): AwsV2Response {
  const { headers, cookies } = joinedMap(response.rawHeaders);
  const { body, isBase64Encoded } = bodyMembers(response.body);
  const answer: AwsV2Response = { statusCode: response.status, headers, body, isBase64Encoded };
  if (cookies.length > 0) answer.cookies = cookies;
  return answer;
}

/** API Gateway HTTP API, payload format 2.0. Format: API Gateway developer guide, "Lambda proxy integrations for HTTP APIs". */
export const awsHttpV2: EventSource = {
  name: "aws-http-v2",
  matches: (event, context) => event.version === "2.0" && context.http !== undefined,
  toRequest,
  toResponse,
};

/** Lambda function URL: the 2.0 format, with the path still encoded. Format: Lambda developer guide, "Invoking function URLs". */
export const awsFunctionUrl: EventSource = {
  name: "aws-function-url",
  matches: (event, context) =>
    event.version === "2.0" && typeof context.domainName === "string" && context.domainName.includes(".lambda-url."),
  toRequest,
  toResponse,
};
