import { noBasePath } from "./base-path.ts";
import { optionalMap, readBody, requiredString } from "./members.ts";
import type { HttpRequestMessage, HttpResponseMessage } from "./message.ts";
import { readMethod } from "./method.ts";
import { ALB_LIMITS } from "./payload-limits.ts";
import { readMultiHeaders } from "./request-headers.ts";
import { bodyText, isBase64 } from "./response-body.ts";
import { flatMap, type HeaderMap, type MultiHeaderMap, multiMap } from "./response-headers.ts";
import type { EventObject, EventSource } from "./source.ts";
import { cleanPath, joinQuery, joinTarget } from "./target.ts";

// RFC 9112, 4: the reason phrase, without the line breaks that would end it.
const REASON: RegExp = /^[\t\x20-\x7e\x80-\xff]+$/;

/** Answer to a load balancer: `headers` in single-value mode, `multiValueHeaders` in multi-value mode. */
interface AwsAlbResponse {
  statusCode: number;
  statusDescription: string;
  headers?: HeaderMap;
  multiValueHeaders?: MultiHeaderMap;
  body: string;
  isBase64Encoded: boolean;
}

function toRequest(event: EventObject): HttpRequestMessage {
  const headers = readMultiHeaders(event);
  // Unlike API Gateway, a load balancer leaves the query encoded.
  const query = joinQuery(
    optionalMap(event, "multiValueQueryStringParameters"),
    optionalMap(event, "queryStringParameters"),
  );
  return {
    method: readMethod(event, "httpMethod"),
    target: joinTarget(cleanPath(requiredString(event, "path")), query),
    rawHeaders: headers.raw,
    headers: headers.joined,
    contentLengthAt: headers.contentLengthAt,
    transferEncodingAt: headers.transferEncodingAt,
    body: readBody(event),
    clientIp: headers.lastHop,
    requestId: undefined,
    isSecure: headers.isSecure,
  };
}

function statusDescription(response: HttpResponseMessage): string {
  const { status, statusText } = response;
  return REASON.test(statusText) ? `${status} ${statusText}` : String(status);
}

/** Application Load Balancer, single-value mode. Format: ELB user guide, "Lambda functions as targets". */
export const awsAlb: EventSource = {
  name: "aws-alb",
  limits: ALB_LIMITS,
  toRequest,
  toResponse: (response): AwsAlbResponse => ({
    statusCode: response.status,
    statusDescription: statusDescription(response),
    headers: flatMap(response.rawHeaders),
    body: bodyText(response.body),
    isBase64Encoded: isBase64(response.body),
  }),
  basePath: noBasePath,
};

/** Application Load Balancer with `lambda.multi_value_headers.enabled`; the answer has to use the multi-value map too. */
export const awsAlbMulti: EventSource = {
  name: "aws-alb-multi",
  limits: ALB_LIMITS,
  toRequest,
  toResponse: (response): AwsAlbResponse => ({
    statusCode: response.status,
    statusDescription: statusDescription(response),
    multiValueHeaders: multiMap(response.rawHeaders),
    body: bodyText(response.body),
    isBase64Encoded: isBase64(response.body),
  }),
  basePath: noBasePath,
};
