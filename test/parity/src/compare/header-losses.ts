import { bodyBytes } from "../client/request-body.ts";
import { addHop } from "../platform/aws-alb.ts";
import { canonicalName, groupHeaders, joinValues, lastValues, lowerName } from "../platform/header-map.ts";
import { findLine, type HeaderLine, isConnectionHeader } from "../platform/received-request.ts";
import { type ShapeName, shapeNames } from "../platform/shape.ts";
import type { FullRequest, RequestLoss } from "./loss.ts";

// How a body is framed is the connection's matter too, but the app sees it, and an adapter tells it what it was.
const FRAMING: ReadonlySet<string> = new Set(["transfer-encoding"]);

function withHeaders(request: FullRequest, headers: readonly HeaderLine[]): FullRequest {
  return { ...request, headers };
}

/** Keeps a body's framing header where it is added by an adapter: at the end. */
function splitFraming(lines: readonly HeaderLine[]): { others: HeaderLine[]; framing: HeaderLine[] } {
  return {
    others: lines.filter(([name]) => !FRAMING.has(name.toLowerCase())),
    framing: lines.filter(([name]) => FRAMING.has(name.toLowerCase())),
  };
}

function mapOthers(request: FullRequest, map: (lines: HeaderLine[]) => readonly HeaderLine[]): FullRequest {
  const { others, framing } = splitFraming(request.headers);
  return withHeaders(request, [...map(others), ...framing]);
}

function dropLine(lines: readonly HeaderLine[], name: string): HeaderLine[] {
  return lines.filter(([candidate]) => candidate.toLowerCase() !== name);
}

// RFC 9110, 8.6: what clients send with a length though there is no body.
const SENDS_LENGTH: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

function replaceLine(lines: readonly HeaderLine[], name: string, value: string): HeaderLine[] {
  return [...dropLine(lines, name), [name, value]];
}

const CLIENT_IP = "127.0.0.1";

/** The vendors' headers for the client's address. */
const ADDRESS_HEADERS: Readonly<Partial<Record<ShapeName, string>>> = {
  "huawei-apig": "x-real-ip",
  "tencent-function-url": "x-scf-remote-addr",
  netlify: "x-nf-client-connection-ip",
};

/** What platforms do to the headers of a request. */
export const headerLosses: readonly RequestLoss[] = [
  {
    side: "request",
    name: "connection headers",
    shapes: shapeNames,
    what: "`Connection`, `Keep-Alive`, `TE`, `Trailer` and `Upgrade` of the client do not reach the app.",
    why: "They speak about the client's connection (RFC 9110, 7.6.1), which ends at the platform's front door.",
    change: (request) =>
      withHeaders(
        request,
        request.headers.filter(([name]) => FRAMING.has(name.toLowerCase()) || !isConnectionHeader(name)),
      ),
  },
  {
    side: "request",
    name: "cookie header last",
    shapes: ["aws-http-v2"],
    what: "In `rawHeaders` the `cookie` header is last, and several `Cookie` headers are one.",
    why: "Payload 2.0 moves cookies out of `headers` into the list `cookies`.",
    change: (request) =>
      mapOthers(request, (lines) => {
        const isCookie = ([name]: HeaderLine): boolean => name.toLowerCase() === "cookie";
        const length = String(bodyBytes(request).length);
        const others = lines.filter((line) => !isCookie(line));
        // The length it adds comes before: it is one of the headers the cookies are moved out of.
        if (findLine(others, "content-length") === undefined && length !== "0") others.push(["content-length", length]);
        const cookies = lines.filter(isCookie).flatMap(([, value]) => value.split(/;\s*/));
        return cookies.length === 0 ? lines : [...others, ["cookie", cookies.join("; ")]];
      }),
  },
  {
    side: "request",
    name: "length always told",
    shapes: ["aws-http-v2"],
    what: "A chunked request, and a POST, PUT or PATCH without a body and a length, has a `content-length`; trailers are gone. A `content-length: 0` of other methods is dropped.",
    why: "HTTP APIs take the body whole and add its length, also a `0` to a GET, which no client sends.",
    change: (request) => {
      const body = bodyBytes(request);
      const isAdded = body.length === 0 && !SENDS_LENGTH.has(request.method ?? "GET");
      const others = splitFraming(request.headers).others;
      if (isAdded) {
        const { body: _body, ...rest } = request;
        return { ...rest, headers: dropLine(others, "content-length") };
      }
      if (findLine(others, "content-length") !== undefined) return withHeaders(request, others);
      const headers: HeaderLine[] = [...others, ["content-length", String(body.length)]];
      return { ...request, headers, ...(body.length > 0 && { body }) };
    },
  },
  {
    side: "request",
    name: "address of the client as a header",
    shapes: ["aws-alb", "aws-alb-multi"],
    what: "`x-forwarded-for` ends with the client's address; as on any server behind a proxy, `trust proxy` counts it.",
    why: "A load balancer's event has no other place for the client's address.",
    change: (request) => mapOthers(request, (lines) => addHop(lines, CLIENT_IP)),
  },
  {
    side: "request",
    name: "address of the client as a header of the vendor",
    shapes: ["huawei-apig", "tencent-function-url", "netlify"],
    what: "There is an `x-real-ip` (Huawei), `x-scf-remote-addr` (Tencent) or `x-nf-client-connection-ip` (Netlify).",
    why: "Their events have no other place for the client's address.",
    change: (request, shape) =>
      mapOthers(request, (lines) => replaceLine(lines, ADDRESS_HEADERS[shape] ?? "", CLIENT_IP)),
  },
  {
    side: "request",
    name: "host last",
    shapes: ["alibaba-fc3"],
    what: "In `rawHeaders`, `Host` is last.",
    why: "The event has no such header; the host is `requestContext.domainName`.",
    change: (request) =>
      mapOthers(request, (lines) => {
        const host = findLine(lines, "host");
        const others = lines.filter(([name]) => name.toLowerCase() !== "host");
        return host === undefined ? lines : [...others, ["Host", host]];
      }),
  },
  {
    side: "request",
    name: "header names in lower case",
    shapes: [
      "aws-http-v2",
      "aws-function-url",
      "aws-stream",
      "aws-alb",
      "aws-alb-multi",
      "tencent-apigateway",
      "tencent-function-url",
      "huawei-apig",
      "netlify",
    ],
    what: "Names in `rawHeaders` are in lower case. `headers` is the same: there they always are.",
    why: "The platform writes them so.",
    change: (request) =>
      mapOthers(request, (lines) => lines.map(([name, value]): HeaderLine => [lowerName(name), value])),
  },
  {
    side: "request",
    name: "header names in canonical case",
    shapes: ["alibaba-fc3"],
    what: "Names in `rawHeaders` are written `Like-This`.",
    why: "The platform writes them so.",
    change: (request) =>
      mapOthers(request, (lines) => lines.map(([name, value]): HeaderLine => [canonicalName(name), value])),
  },
  {
    side: "request",
    name: "repeated headers side by side",
    shapes: ["aws-rest", "aws-http-v1", "aws-alb-multi", "netlify"],
    what: "In `rawHeaders` the values of a repeated header stand together, under the spelling of the first.",
    why: "`multiValueHeaders` is a map from a name to all its values.",
    change: (request) =>
      mapOthers(request, (lines) =>
        Object.entries(groupHeaders(lines)).flatMap(([name, values]) =>
          values.map((value): HeaderLine => [name, value]),
        ),
      ),
  },
  {
    side: "request",
    name: "repeated headers joined with a comma",
    shapes: [
      "aws-http-v2",
      "aws-function-url",
      "aws-stream",
      "alibaba-fc3",
      "tencent-apigateway",
      "tencent-function-url",
      "huawei-apig",
    ],
    what: "A repeated header is one header whose values are joined with `,` and no space.",
    why: "`headers` is a map from a name to one string.",
    change: (request) => mapOthers(request, (lines) => Object.entries(joinValues(groupHeaders(lines), ","))),
  },
  {
    side: "request",
    name: "repeated headers: the last",
    shapes: ["aws-alb"],
    what: "Of a repeated header only the last value arrives.",
    why: "Without `lambda.multi_value_headers.enabled`, `headers` is a map from a name to one string, the last.",
    change: (request) => mapOthers(request, (lines) => Object.entries(lastValues(groupHeaders(lines)))),
  },
  {
    side: "request",
    name: "headers sorted",
    shapes: ["web"],
    what: "`rawHeaders` is sorted by name, in lower case, and a repeated header is one, joined with `, `.",
    why: "The web's `Headers` are sorted, in lower case and joined (Fetch standard, 5.1).",
    change: (request) => {
      const { others, framing } = splitFraming(request.headers);
      const headers = new Headers();
      for (const [name, value] of others) headers.append(name, value);
      const lower = framing.map(([name, value]): HeaderLine => [lowerName(name), value]);
      return withHeaders(request, [...headers, ...lower]);
    },
  },
];
