import { apiGatewayBasePath, noBasePath } from "./base-path.ts";
import { readAddress } from "./client-address.ts";
import {
  malformedMember,
  objectOrEmpty,
  optionalId,
  optionalMap,
  optionalString,
  readBody,
  requiredString,
} from "./members.ts";
import type { HttpRequestMessage, HttpResponseMessage } from "./message.ts";
import { readMethod } from "./method.ts";
import { LAMBDA_LIMITS } from "./payload-limits.ts";
import { type RequestHeaders, readHeaders } from "./request-headers.ts";
import { bodyText, isBase64 } from "./response-body.ts";
import { type HeaderMap, joinedMap } from "./response-headers.ts";
import type { EventObject, EventSource } from "./source.ts";
import { cleanPath, cleanQuery, encodePath, encodeQuery, joinTarget } from "./target.ts";

/** Answer in payload format 2.0; `multiValueHeaders` would be ignored, cookies have their own member. */
interface AwsV2Response {
  statusCode: number;
  headers: HeaderMap;
  cookies?: string[];
  body: string;
  isBase64Encoded: boolean;
}

/** Methods with which clients send `content-length: 0` when there is no body (RFC 9110, 8.6). */
const TELLS_NO_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** HTTP APIs move cookies out of the headers; function URLs send both, and adding them again would double each. */
function addCookies(headers: RequestHeaders, cookies: unknown): void {
  if (cookies === undefined || cookies === null || headers.hasCookie) return;
  if (!Array.isArray(cookies)) throw malformedMember("cookies", "an array", cookies);
  if (cookies.length === 0) return;
  for (const cookie of cookies) if (typeof cookie !== "string") throw malformedMember("cookies", "strings", cookie);
  headers.add("cookie", cookies.join("; "));
}

/** The map joins repeats with a comma; only the raw query tells them apart. Hand-written events may have the map alone. */
function readQuery(event: EventObject): string {
  const raw = event.rawQueryString;
  if (typeof raw === "string") return cleanQuery(raw);
  if (raw !== undefined && raw !== null) throw malformedMember("rawQueryString", "a string", raw);
  return encodeQuery(optionalMap(event, "queryStringParameters"));
}

/** Hand-written events may have the path in the context alone. */
function readPath(event: EventObject): string {
  if (event.rawPath !== undefined && event.rawPath !== null) return requiredString(event, "rawPath");
  const { path } = objectOrEmpty(objectOrEmpty(event, "requestContext"), "http");
  return typeof path === "string" ? path : requiredString(event, "rawPath");
}

function readRequest(event: EventObject, path: string, addsLength: boolean): HttpRequestMessage {
  const context = objectOrEmpty(event, "requestContext");
  const http = objectOrEmpty(context, "http");
  const method = readMethod(http, "method");
  const body = readBody(event);
  const headers = readHeaders(event, addsLength && body === null && !TELLS_NO_BODY.has(method));
  addCookies(headers, event.cookies);
  headers.addMissingHost(optionalString(context, "domainName"));
  return {
    method,
    target: joinTarget(path, readQuery(event)),
    rawHeaders: headers.raw,
    headers: headers.joined,
    contentLengthAt: headers.contentLengthAt,
    transferEncodingAt: headers.transferEncodingAt,
    body,
    clientIp: readAddress(http.sourceIp),
    requestId: optionalId(context, "requestId"),
    isSecure: headers.isSecure,
  };
}

function toResponse(response: HttpResponseMessage): AwsV2Response {
  const cookies: string[] = [];
  const headers = joinedMap(response.rawHeaders, cookies);
  const body = bodyText(response.body);
  const isBase64Encoded = isBase64(response.body);
  if (cookies.length === 0) return { statusCode: response.status, headers, body, isBase64Encoded };
  return { statusCode: response.status, headers, cookies, body, isBase64Encoded };
}

/** Path template of the route, from `POST /orders/{id}`; `$default` has none. */
function routeTemplate(event: EventObject): string {
  const key = optionalString(event, "routeKey") ?? "";
  return key.slice(key.indexOf(" ") + 1);
}

/**
 * API Gateway HTTP API, payload format 2.0. It decodes the path, and a named stage stands in front of it. It tells the
 * length of every body, so that a GET without one has a `content-length: 0`, which no client sends and apps take for a body.
 * Format: API Gateway developer guide, "Lambda proxy integrations for HTTP APIs".
 */
export const awsHttpV2: EventSource = {
  name: "aws-http-v2",
  limits: LAMBDA_LIMITS,
  toRequest: (event) => readRequest(event, encodePath(readPath(event)), true),
  toResponse,
  basePath: (event) => apiGatewayBasePath(event, readPath(event), routeTemplate(event), encodePath),
};

/** Lambda function URL: the 2.0 format, with the path as it was sent. Format: Lambda developer guide, "Invoking function URLs". */
export const awsFunctionUrl: EventSource = {
  name: "aws-function-url",
  limits: LAMBDA_LIMITS,
  toRequest: (event) => readRequest(event, cleanPath(readPath(event)), false),
  toResponse,
  basePath: noBasePath,
};
