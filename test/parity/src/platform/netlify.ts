import { toAwsContext } from "./aws-context.ts";
import { readAwsV1Answer } from "./aws-v1-answer.ts";
import { bodyMembers } from "./body-members.ts";
import { groupHeaders, joinValues, lowerName } from "./header-map.ts";
import { decodeQuery, groupQuery } from "./query-map.ts";
import { findLine, type HeaderLine } from "./received-request.ts";
import type { BufferedShape } from "./shape.ts";

/** Netlify function with a Lambda-style handler: lower-case headers, all values of repeats, raw query. */
export const netlify: BufferedShape = {
  kind: "buffered",
  name: "netlify",
  title: "Netlify, Lambda-style handler",
  toEvent: (request) => {
    const { method, path, query, headers, clientIp } = request;
    const lines = headers
      .map(([name, value]): HeaderLine => [lowerName(name), value])
      .filter(([name]) => name !== "x-nf-client-connection-ip");
    lines.push(["x-nf-client-connection-ip", clientIp]);
    const multiValueHeaders = groupHeaders(lines);
    const multiValueQueryStringParameters = groupQuery(decodeQuery(query));
    const target = query === undefined ? path : `${path}?${query}`;
    return {
      rawUrl: `http://${findLine(headers, "host") ?? "orders.acme.example"}${target}`,
      rawQuery: query ?? "",
      path,
      httpMethod: method,
      headers: joinValues(multiValueHeaders, ", "),
      multiValueHeaders,
      queryStringParameters: joinValues(multiValueQueryStringParameters, ", "),
      multiValueQueryStringParameters,
      ...(request.body.length === 0 ? { body: null, isBase64Encoded: false } : bodyMembers(request)),
    };
  },
  toContext: toAwsContext,
  toAnswer: readAwsV1Answer,
};
