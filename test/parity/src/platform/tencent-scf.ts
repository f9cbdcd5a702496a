import { readFlatAnswer } from "./answered.ts";
import { bodyMembers } from "./body-members.ts";
import { groupHeaders, joinValues, lowerName } from "./header-map.ts";
import { decodeQuery } from "./query-map.ts";
import type { HeaderLine, ReceivedRequest } from "./received-request.ts";
import type { BufferedShape } from "./shape.ts";

type QueryValue = string | true;

/** The query as Tencent writes it: a string, an array for repeats, `true` for a key without `=`. */
function toQueryString(query: string | undefined): Record<string, QueryValue | QueryValue[]> {
  const map = new Map<string, QueryValue | QueryValue[]>();
  for (const [name, text] of decodeQuery(query)) {
    const value = text ?? true;
    const before = map.get(name);
    if (before === undefined) map.set(name, value);
    else if (Array.isArray(before)) before.push(value);
    else map.set(name, [before, value]);
  }
  return Object.fromEntries(map);
}

function toHeaders(lines: readonly HeaderLine[]): Record<string, string> {
  return joinValues(groupHeaders(lines.map(([name, value]) => [lowerName(name), value])), ",");
}

function toContext(requestId: string): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    memory_limit_in_mb: 1024,
    time_limit_in_ms: 900_000,
    request_id: requestId,
    environ: "SCF_NAMESPACE=default;",
    function_name: "parity",
    function_version: "$LATEST",
    namespace: "default",
  };
}

/** API Gateway trigger with base64 enabled and integration response on. */
export const tencentApigateway: BufferedShape = {
  kind: "buffered",
  name: "tencent-apigateway",
  title: "Tencent Cloud SCF, API Gateway trigger",
  toEvent: (request, requestId) => ({
    requestContext: {
      serviceId: "service-demo0001",
      path: "/",
      httpMethod: "ANY",
      requestId,
      identity: {},
      sourceIp: request.clientIp,
      stage: "release",
    },
    headers: toHeaders(request.headers),
    ...bodyMembers(request),
    pathParameters: {},
    queryStringParameters: {},
    headerParameters: {},
    stageVariables: { stage: "release" },
    path: request.path,
    queryString: toQueryString(request.query),
    httpMethod: request.method,
  }),
  toContext,
  toAnswer: readFlatAnswer,
};

/** Headers of a function URL's event: the client's address is one of them. */
function functionUrlHeaders({ headers, clientIp }: ReceivedRequest): HeaderLine[] {
  const lines = headers.filter(([name]) => name.toLowerCase() !== "x-scf-remote-addr");
  return [...lines, ["x-scf-remote-addr", clientIp]];
}

/** Function URL: no context in the event, and no flag that would let a body be base64, so bodies are text. */
export const tencentFunctionUrl: BufferedShape = {
  kind: "buffered",
  name: "tencent-function-url",
  title: "Tencent Cloud SCF, function URL",
  toEvent: (request) => ({
    body: request.body.toString("utf8"),
    headers: toHeaders(functionUrlHeaders(request)),
    httpMethod: request.method,
    path: request.path,
    queryString: toQueryString(request.query),
  }),
  toContext,
  toAnswer: readFlatAnswer,
};
