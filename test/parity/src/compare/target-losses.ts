import { decodePath } from "../platform/decode-path.ts";
import { decodeQuery, groupQuery, type QueryPair, splitQuery } from "../platform/query-map.ts";
import { splitTarget } from "../platform/received-request.ts";
import type { FullRequest, RequestLoss } from "./loss.ts";

function withPath(request: FullRequest, map: (path: string) => string): FullRequest {
  const at = request.target.indexOf("?");
  const path = at < 0 ? request.target : request.target.slice(0, at);
  return { ...request, target: map(path) + (at < 0 ? "" : request.target.slice(at)) };
}

function withQuery(request: FullRequest, map: (query: string) => string): FullRequest {
  const { path, query } = splitTarget(request.target);
  if (query === undefined) return request;
  const changed = map(query);
  return { ...request, target: changed === "" ? path : `${path}?${changed}` };
}

// RFC 3986: pchar and "/" in a path; what else a decoded path holds has to be escaped again to be a request target.
function escapePath(path: string): string {
  return path.replace(/%(?![0-9A-Fa-f]{2})|[^\w\-.~!$&'()*+,;=:@/%]+/g, (run) => encodeURIComponent(run));
}

function writePairs(pairs: readonly QueryPair[]): string {
  return pairs
    .map(([name, value]) => {
      const encoded = encodeURIComponent(name);
      return value === undefined ? encoded : `${encoded}=${encodeURIComponent(value)}`;
    })
    .join("&");
}

/** Order of the members of a JSON object: names that are array indices come first. */
function asMap(pairs: readonly QueryPair[], merge: (values: string[]) => string[]): QueryPair[] {
  return Object.entries(groupQuery(pairs)).flatMap(([name, values]) =>
    merge(values).map((value): QueryPair => [name, value]),
  );
}

const keepAll = (values: string[]): string[] => values;
const join = (values: string[]): string[] => [values.join(",")];
const last = (values: string[]): string[] => values.slice(-1);

/** What platforms do to paths and queries. */
export const targetLosses: readonly RequestLoss[] = [
  {
    side: "request",
    name: "path decoded",
    shapes: ["aws-http-v1", "aws-http-v2"],
    what: "`%2F` arrives as `/`, `%25` as `%`; what cannot stand in a path, such as a space or `ü`, is escaped again.",
    why: "HTTP APIs percent-decode the path, and there is no member with the path as it came.",
    change: (request) => withPath(request, (path) => escapePath(decodePath(path))),
  },
  {
    side: "request",
    name: "percent signs that begin no escape",
    shapes: ["tencent-apigateway", "tencent-function-url", "huawei-apig"],
    what: "A `%` without two hexadecimal digits behind it arrives as `%25`.",
    why: "Whether `path` is encoded is not documented; what cannot be an escape is taken for a decoded `%`.",
    change: (request) => withPath(request, (path) => path.replace(/%(?![0-9A-Fa-f]{2})/g, "%25")),
  },
  {
    side: "request",
    name: "path normalised",
    shapes: ["web"],
    what: "`.` and `..` segments are resolved, also encoded ones, and `\\` is `/`.",
    why: "A `Request` has a URL, which is parsed and normalised (URL standard, 4.4).",
    change: (request) => {
      if (!request.target.startsWith("/")) return request;
      const url = new URL(`http://parity.test${request.target}`);
      return { ...request, target: url.href.slice(url.origin.length) };
    },
  },
  {
    side: "request",
    name: "query decoded",
    shapes: ["aws-rest", "aws-http-v1"],
    what: "`req.url` has another spelling of the same query: `+` is `%20`, `%7E` is `~`, `a` is `a=`, repeats stand together.",
    why: "The event has the query only as a map from decoded names to all their decoded values.",
    change: (request) => withQuery(request, (query) => writePairs(asMap(decodeQuery(query), keepAll))),
  },
  {
    side: "request",
    name: "query decoded, bare keys kept",
    shapes: ["tencent-apigateway", "tencent-function-url"],
    what: "`req.url` has another spelling of the same query: `+` is `%20`, `%7E` is `~`, repeats stand together.",
    why: "`queryString` is a map from decoded names to a value, `true` for a bare key, or a list of them.",
    change: (request) =>
      withQuery(request, (query) => {
        const pairs = decodeQuery(query);
        const names = Object.keys(groupQuery(pairs));
        return writePairs(names.flatMap((name) => pairs.filter((pair) => pair[0] === name)));
      }),
  },
  {
    side: "request",
    name: "query decoded and joined",
    shapes: ["alibaba-fc3"],
    what: "A repeated key arrives once, its values joined with `,`; `+` is `%20`, `a` is `a=`.",
    why: "`queryParameters` is a map from a decoded name to one string, and there is no member with the query as it came.",
    change: (request) => withQuery(request, (query) => writePairs(asMap(decodeQuery(query), join))),
  },
  {
    side: "request",
    name: "query decoded, the last of repeats",
    shapes: ["huawei-apig"],
    what: "Of a repeated key only the last value arrives; `+` is `%20`, `a` is `a=`.",
    why: "`queryStringParameters` is a map from a decoded name to one string.",
    change: (request) => withQuery(request, (query) => writePairs(asMap(decodeQuery(query), last))),
  },
  {
    side: "request",
    name: "query as a map",
    shapes: ["aws-alb-multi"],
    what: "Repeated keys of a query stand together, and `a` is `a=`. Escapes stay as they came.",
    why: "The event has the query as a map from names to all their values.",
    change: (request) =>
      withQuery(request, (query) =>
        asMap(splitQuery(query), keepAll)
          .map((pair) => pair.join("="))
          .join("&"),
      ),
  },
  {
    side: "request",
    name: "query as a map of last values",
    shapes: ["aws-alb"],
    what: "Of a repeated key only the last value arrives, and `a` is `a=`. Escapes stay as they came.",
    why: "Without `lambda.multi_value_headers.enabled`, the event has the query as a map from a name to one string, the last.",
    change: (request) =>
      withQuery(request, (query) =>
        asMap(splitQuery(query), last)
          .map((pair) => pair.join("="))
          .join("&"),
      ),
  },
  {
    side: "request",
    name: "empty query",
    shapes: ["aws-http-v2", "aws-function-url", "aws-stream", "netlify"],
    what: "A `?` without anything behind it is dropped.",
    why: "The raw query has no `?`, so an empty one is the same as none.",
    change: (request) => withQuery(request, (query) => query),
  },
];
