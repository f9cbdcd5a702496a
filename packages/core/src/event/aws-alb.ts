import { isForwardedSecure, lastForwardedFor, listHeaders } from "./headers.ts";
import { optionalMap, readBody, requiredString } from "./members.ts";
import type { HttpRequestMessage, HttpResponseMessage } from "./message.ts";
import { bodyMembers } from "./response-body.ts";
import { flatMap, type HeaderMap, type MultiHeaderMap, multiMap } from "./response-headers.ts";
import type { EventObject, EventSource } from "./source.ts";
import { joinQuery, joinTarget } from "./target.ts";

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
  const headers = optionalMap(event, "multiValueHeaders") ?? optionalMap(event, "headers");
  const query = optionalMap(event, "multiValueQueryStringParameters") ?? optionalMap(event, "queryStringParameters");
  const rawHeaders = listHeaders(headers);
  return {
    method: requiredString(event, "httpMethod"),
    // Unlike API Gateway, a load balancer leaves the query encoded.
    target: joinTarget(requiredString(event, "path"), joinQuery(query)),
    rawHeaders,
    body: readBody(event),
    clientIp: lastForwardedFor(rawHeaders),
    requestId: undefined,
    isSecure: isForwardedSecure(rawHeaders),
  };
}

function statusDescription(response: HttpResponseMessage): string {
  return `${response.status} ${response.statusText}`.trimEnd();
}

/** Application Load Balancer, single-value mode. Format: ELB user guide, "Lambda functions as targets". */
export const awsAlb: EventSource = {
  name: "aws-alb",
  matches: (_event, context) => context.elb !== undefined,
  toRequest,
  toResponse: (response): AwsAlbResponse => ({
    statusCode: response.status,
    statusDescription: statusDescription(response),
    headers: flatMap(response.rawHeaders),
    ...bodyMembers(response.body),
  }),
};

/** Application Load Balancer with `lambda.multi_value_headers.enabled`; the answer has to use the multi-value map too. */
export const awsAlbMulti: EventSource = {
  name: "aws-alb-multi",
  matches: (event, context) => context.elb !== undefined && event.multiValueHeaders !== undefined,
  toRequest,
  toResponse: (response): AwsAlbResponse => ({
    statusCode: response.status,
    statusDescription: statusDescription(response),
    multiValueHeaders: multiMap(response.rawHeaders),
    ...bodyMembers(response.body),
  }),
};
