import { apiGatewayBasePath } from "./base-path.ts";
import { readAddress } from "./client-address.ts";
import { objectOrEmpty, optionalId, optionalMap, optionalString, readBody, requiredString } from "./members.ts";
import type { HttpRequestMessage, HttpResponseMessage } from "./message.ts";
import { readMethod } from "./method.ts";
import { LAMBDA_LIMITS } from "./payload-limits.ts";
import { readMultiHeaders } from "./request-headers.ts";
import { bodyText, isBase64 } from "./response-body.ts";
import { type HeaderMap, type MultiHeaderMap, splitMaps } from "./response-headers.ts";
import type { EventObject, EventSource } from "./source.ts";
import { cleanPath, encodePath, encodeQuery, joinTarget } from "./target.ts";

/** Answer to API Gateway in payload format 1.0; `multiValueHeaders` wins where both maps name a header. */
interface AwsV1Response {
  statusCode: number;
  headers: HeaderMap;
  multiValueHeaders?: MultiHeaderMap;
  body: string;
  isBase64Encoded: boolean;
}

/** The query of a 1.0 event: decoded, and the single map holds the last value only. */
export function readDecodedQuery(event: EventObject): string {
  return encodeQuery(
    optionalMap(event, "multiValueQueryStringParameters"),
    optionalMap(event, "queryStringParameters"),
  );
}

function readRequest(event: EventObject, path: string): HttpRequestMessage {
  const context = objectOrEmpty(event, "requestContext");
  const headers = readMultiHeaders(event);
  headers.addMissingHost(optionalString(context, "domainName"));
  return {
    method: readMethod(event, "httpMethod"),
    target: joinTarget(path, readDecodedQuery(event)),
    rawHeaders: headers.raw,
    headers: headers.joined,
    contentLengthAt: headers.contentLengthAt,
    transferEncodingAt: headers.transferEncodingAt,
    body: readBody(event),
    clientIp: readAddress(objectOrEmpty(context, "identity").sourceIp),
    requestId: optionalId(context, "requestId"),
    isSecure: headers.isSecure,
  };
}

/** Writes an answer in payload format 1.0. */
export function toV1Response(response: HttpResponseMessage): AwsV1Response {
  const { headers, multi } = splitMaps(response.rawHeaders);
  const body = bodyText(response.body);
  const isBase64Encoded = isBase64(response.body);
  if (multi === undefined) return { statusCode: response.status, headers, body, isBase64Encoded };
  return { statusCode: response.status, headers, multiValueHeaders: multi, body, isBase64Encoded };
}

/** Template of the route: `resource`, which is also `requestContext.resourcePath`. */
function routeTemplate(event: EventObject): string {
  return (
    optionalString(event, "resource") ?? optionalString(objectOrEmpty(event, "requestContext"), "resourcePath") ?? ""
  );
}

/** API Gateway REST API, Lambda proxy integration. Format: API Gateway developer guide, "Lambda proxy integrations". */
export const awsRest: EventSource = {
  name: "aws-rest",
  limits: LAMBDA_LIMITS,
  // The path is as the client sent it, without the stage, but with a custom domain's base path.
  toRequest: (event) => readRequest(event, cleanPath(requiredString(event, "path"))),
  toResponse: toV1Response,
  basePath: (event) => apiGatewayBasePath(event, requiredString(event, "path"), routeTemplate(event), cleanPath),
};

/** API Gateway HTTP API set to payload format 1.0. It decodes the path, and leaves stage and mapping key in it. */
export const awsHttpV1: EventSource = {
  name: "aws-http-v1",
  limits: LAMBDA_LIMITS,
  toRequest: (event) => readRequest(event, encodePath(requiredString(event, "path"))),
  toResponse: toV1Response,
  basePath: (event) => apiGatewayBasePath(event, requiredString(event, "path"), routeTemplate(event), encodePath),
};
