import { readFlatAnswer } from "./answered.ts";
import { groupHeaders, joinValues, lastValues, lowerName } from "./header-map.ts";
import { decodeQuery, groupQuery } from "./query-map.ts";
import type { HeaderLine } from "./received-request.ts";
import type { BufferedShape } from "./shape.ts";

/** Longest a function may run, in milliseconds. */
const LIMIT_MS = 900_000;

function toContext(requestId: string): object {
  const deadline = performance.now() + LIMIT_MS;
  return {
    getRequestID: () => requestId,
    getRemainingTimeInMilliSeconds: () => Math.max(0, deadline - performance.now()),
    getRunningTimeInSeconds: () => 0,
    getUserData: () => undefined,
    getFunctionName: () => "parity",
    getVersion: () => "latest",
    getMemorySize: () => 1024,
    getLogger: () => console,
  };
}

/** FunctionGraph APIG trigger: every body in base64, also an empty one; the client's address in `x-real-ip`. */
export const huaweiApig: BufferedShape = {
  kind: "buffered",
  name: "huawei-apig",
  title: "Huawei Cloud FunctionGraph, APIG trigger",
  toEvent: (request, requestId) => {
    const lines = request.headers
      .map(([name, value]): HeaderLine => [lowerName(name), value])
      .filter(([name]) => name !== "x-real-ip");
    lines.push(["x-real-ip", request.clientIp]);
    return {
      body: request.body.toString("base64"),
      requestContext: { apiId: "bc1dcffd-aa35-474d-897c-d53425a40001", requestId, stage: "RELEASE" },
      // A map of strings: repeats are not documented, so the last one is taken to win, as in other maps of strings.
      queryStringParameters: lastValues(groupQuery(decodeQuery(request.query))),
      httpMethod: request.method,
      pathParameters: {},
      headers: joinValues(groupHeaders(lines), ","),
      path: request.path,
      isBase64Encoded: true,
    };
  },
  toContext,
  toAnswer: readFlatAnswer,
};
