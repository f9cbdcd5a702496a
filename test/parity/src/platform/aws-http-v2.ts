import { type Answered, readBody, readFlatHeaders, readMembers, readStatus } from "./answered.ts";
import { toAwsContext } from "./aws-context.ts";
import { bodyMembers } from "./body-members.ts";
import { decodePath } from "./decode-path.ts";
import { groupHeaders, joinValues, lowerName } from "./header-map.ts";
import { decodeQuery, groupQuery } from "./query-map.ts";
import { findLine, type HeaderLine, type ReceivedRequest } from "./received-request.ts";
import type { BufferedShape } from "./shape.ts";

/** What differs between an HTTP API and a function URL. */
interface V2Variant {
  readonly rawPath: string;
  readonly domain: string;
  readonly headers: readonly HeaderLine[];
}

/** Members shared by HTTP APIs and function URLs in payload format 2.0; unused ones are absent. */
export function toV2Event(request: ReceivedRequest, variant: V2Variant, requestId: string): object {
  const { method, query, headers, body, clientIp } = request;
  const cookies = headers
    .filter(([name]) => name.toLowerCase() === "cookie")
    .flatMap(([, value]) => value.split(/;\s*/))
    .filter((cookie) => cookie !== "");
  const grouped = groupQuery(decodeQuery(query));
  const lower = variant.headers.map(([name, value]): HeaderLine => [lowerName(name), value]);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: variant.rawPath,
    rawQueryString: query ?? "",
    ...(cookies.length > 0 && { cookies }),
    headers: joinValues(groupHeaders(lower), ","),
    ...(Object.keys(grouped).length > 0 && { queryStringParameters: joinValues(grouped, ",") }),
    requestContext: {
      accountId: "210987654321",
      apiId: "h4x9n2m7ya",
      domainName: variant.domain,
      domainPrefix: variant.domain.split(".")[0],
      http: {
        method,
        path: variant.rawPath,
        protocol: "HTTP/1.1",
        sourceIp: clientIp,
        userAgent: findLine(headers, "user-agent") ?? "",
      },
      requestId,
      routeKey: "$default",
      stage: "$default",
      time: "14/Jun/2026:09:15:32 +0000",
      timeEpoch: 1781428532417,
    },
    ...(body.length > 0 ? bodyMembers(request) : { isBase64Encoded: false }),
  };
}

/** Reads an answer in payload format 2.0; without `statusCode` the whole value is a JSON body. */
export function readAwsV2Answer(result: unknown): Answered {
  if (typeof result !== "object" || result === null || !("statusCode" in result)) {
    const body = Buffer.from(JSON.stringify(result) ?? "");
    return { status: 200, reason: "", headers: [["content-type", "application/json"]], body };
  }
  const members = readMembers(result);
  const cookies = (members.cookies ?? []) as string[];
  const headers = readFlatHeaders(members.headers);
  for (const cookie of cookies) headers.push(["set-cookie", cookie]);
  return { status: readStatus(members), reason: "", headers, body: readBody(members) };
}

function forwardedHeaders({ headers, body }: ReceivedRequest): HeaderLine[] {
  const lines = headers.filter(([name]) => name.toLowerCase() !== "cookie");
  // An HTTP API always says how long the body is: its sample of a GET has a length of 0.
  if (findLine(lines, "content-length") === undefined) lines.push(["content-length", String(body.length)]);
  return lines;
}

/** API Gateway HTTP API, payload 2.0: path decoded, cookies moved out, headers lower case and joined, query raw. */
export const awsHttpV2: BufferedShape = {
  kind: "buffered",
  name: "aws-http-v2",
  title: "AWS API Gateway, HTTP API (payload 2.0)",
  toEvent: (request, requestId) => {
    const domain = findLine(request.headers, "host") ?? "h4x9n2m7ya.execute-api.eu-west-1.amazonaws.com";
    return toV2Event(
      request,
      { rawPath: decodePath(request.path), domain, headers: forwardedHeaders(request) },
      requestId,
    );
  },
  toContext: toAwsContext,
  toAnswer: readAwsV2Answer,
};
