import { readFlatAnswer } from "./answered.ts";
import { bodyMembers } from "./body-members.ts";
import { decodePath } from "./decode-path.ts";
import { canonicalName, groupHeaders, joinValues } from "./header-map.ts";
import { decodeQuery, groupQuery } from "./query-map.ts";
import { findLine, type HeaderLine, type ReceivedRequest } from "./received-request.ts";
import type { BufferedShape } from "./shape.ts";

function toEvent(request: ReceivedRequest, requestId: string): Buffer {
  const { method, path, query, headers, clientIp } = request;
  const domain = findLine(headers, "host") ?? "orders-xkqvbnmwer.cn-hangzhou.fcapp.run";
  // The host is in the context only.
  const lines = headers
    .filter(([name]) => name.toLowerCase() !== "host")
    .map(([name, value]): HeaderLine => [canonicalName(name), value]);
  const event = {
    version: "v1",
    rawPath: path,
    headers: joinValues(groupHeaders(lines), ","),
    queryParameters: joinValues(groupQuery(decodeQuery(query)), ","),
    ...bodyMembers(request),
    requestContext: {
      accountId: "1234567890123456",
      triggerId: "0b7f2b1a-6a6e-4a53-8f1e-0d9c8b7a6f5e",
      domainName: domain,
      domainPrefix: domain.split(".")[0],
      requestId,
      time: "2026-06-14T09:15:32Z",
      timeEpoch: "1781428532417",
      http: {
        method,
        path: decodePath(path),
        protocol: "HTTP/1.1",
        sourceIp: clientIp,
        userAgent: findLine(headers, "user-agent") ?? "",
      },
    },
  };
  // The built-in runtime passes every event as bytes.
  return Buffer.from(JSON.stringify(event));
}

/** Function Compute 3.0 HTTP trigger: bytes of JSON, canonical header names, repeats of headers and query joined. */
export const alibabaFc3: BufferedShape = {
  kind: "buffered",
  name: "alibaba-fc3",
  title: "Alibaba Cloud Function Compute 3.0",
  toEvent,
  toContext: (requestId) => ({
    requestId,
    credentials: { accessKeyId: "", accessKeySecret: "", securityToken: "" },
    function: { name: "parity", handler: "index.handler", memory: 1024, timeout: 900, initializer: "" },
    service: { qualifier: "LATEST", versionId: "" },
    region: "cn-hangzhou",
    accountId: "1234567890123456",
    logger: console,
  }),
  toAnswer: readFlatAnswer,
};
