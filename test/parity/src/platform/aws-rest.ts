import { toAwsContext } from "./aws-context.ts";
import { readAwsV1Answer } from "./aws-v1-answer.ts";
import { bodyMembers } from "./body-members.ts";
import { groupHeaders, lastValues } from "./header-map.ts";
import { decodeQuery, groupQuery } from "./query-map.ts";
import { findLine, type ReceivedRequest } from "./received-request.ts";
import type { BufferedShape } from "./shape.ts";

/** Members shared by REST APIs and HTTP APIs in payload format 1.0. */
export function toV1Event(request: ReceivedRequest, path: string, resource: string, requestId: string): object {
  const { method, query, headers, body, clientIp } = request;
  const multiValueHeaders = groupHeaders(headers);
  const multiValueQuery = groupQuery(decodeQuery(query));
  const hasQuery = Object.keys(multiValueQuery).length > 0;
  const encoded = body.length === 0 ? { body: null, isBase64Encoded: false } : bodyMembers(request);
  const host = findLine(headers, "host") ?? "r7h2kq4x1c.execute-api.eu-west-1.amazonaws.com";
  return {
    resource,
    path,
    httpMethod: method,
    headers: lastValues(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: hasQuery ? lastValues(multiValueQuery) : null,
    multiValueQueryStringParameters: hasQuery ? multiValueQuery : null,
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      resourceId: "k3v9aa",
      resourcePath: resource,
      httpMethod: method,
      requestTime: "14/Jun/2026:09:15:32 +0000",
      path,
      accountId: "210987654321",
      protocol: "HTTP/1.1",
      stage: "$default",
      domainPrefix: host.split(".")[0],
      requestTimeEpoch: 1781428532417,
      requestId,
      identity: { sourceIp: clientIp, userAgent: findLine(headers, "user-agent") ?? null, user: null, apiKey: null },
      domainName: host,
      apiId: "r7h2kq4x1c",
    },
    ...encoded,
  };
}

/** API Gateway REST API, payload 1.0: path encoded, query decoded, header case kept, all values of repeats. */
export const awsRest: BufferedShape = {
  kind: "buffered",
  name: "aws-rest",
  title: "AWS API Gateway, REST API (payload 1.0)",
  toEvent: (request, requestId) => toV1Event(request, request.path, "/{proxy+}", requestId),
  toContext: toAwsContext,
  toAnswer: readAwsV1Answer,
};
