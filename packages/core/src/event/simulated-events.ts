import type { MessageBody } from "./message.ts";

/** A request as a client puts it on the wire; what the platforms below make an event of, for tests. */
export interface ClientRequest {
  readonly method: string;
  /** Percent-encoded path, with its leading slash. */
  readonly path: string;
  /** Percent-encoded query without `?`. */
  readonly query: string;
  /** Names and values in order, with at most one `cookie`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: MessageBody | null;
  readonly clientIp: string;
  readonly isSecure: boolean;
}

type Values = Record<string, string[]>;

function group(pairs: Iterable<readonly [string, string]>, nameOf: (name: string) => string): Values {
  // Without a prototype, as "__proto__" is a legal name.
  const map: Values = Object.create(null);
  for (const [name, value] of pairs) {
    const key = nameOf(name);
    map[key] ??= [];
    map[key].push(value);
  }
  return map;
}

function mapValues<Value>(map: Values, pick: (values: string[]) => Value): Record<string, Value> {
  const picked: Record<string, Value> = Object.create(null);
  for (const name of Object.keys(map)) picked[name] = pick(map[name] ?? []);
  return picked;
}

function last(values: string[]): string {
  return values.at(-1) ?? "";
}

function comma(values: string[]): string {
  return values.join(",");
}

/** Splits a query as it was sent. */
export function rawPairs(query: string): (readonly [string, string])[] {
  if (query === "") return [];
  return query.split("&").map((pair) => {
    const equals = pair.indexOf("=");
    return equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
  });
}

/** Splits a query and decodes names and values, as forms are decoded. */
export function decodedPairs(query: string): (readonly [string, string])[] {
  const decode = (text: string): string => decodeURIComponent(text.replaceAll("+", " "));
  return rawPairs(query).map(([name, value]) => [decode(name), decode(value)] as const);
}

function same(name: string): string {
  return name;
}

function lower(name: string): string {
  return name.toLowerCase();
}

/** Headers with those a front end adds. */
function forwarded(request: ClientRequest): (readonly [string, string])[] {
  const proto = request.isSecure ? "https" : "http";
  return [...request.headers, ["x-forwarded-for", `10.9.8.7, ${request.clientIp}`], ["x-forwarded-proto", proto]];
}

/** First spelling of each name, as platforms that keep case do. */
function firstSpelling(headers: readonly (readonly [string, string])[]): (name: string) => string {
  const spellings = new Map<string, string>();
  for (const [name] of headers) if (!spellings.has(name.toLowerCase())) spellings.set(name.toLowerCase(), name);
  return (name) => spellings.get(name.toLowerCase()) ?? name;
}

function body(request: ClientRequest, none: "" | null | undefined): { body?: string | null; isBase64Encoded: boolean } {
  const { body: carried } = request;
  if (carried === null) return none === undefined ? { isBase64Encoded: false } : { body: none, isBase64Encoded: false };
  return "text" in carried
    ? { body: carried.text, isBase64Encoded: false }
    : { body: carried.base64, isBase64Encoded: true };
}

function orNull<Value>(map: Record<string, Value>): Record<string, Value> | null {
  return Object.keys(map).length === 0 ? null : map;
}

/** API Gateway, payload 1.0. */
export function encodeV1(request: ClientRequest, path: string): object {
  const headers = forwarded(request);
  const multi = group(headers, firstSpelling(headers));
  const query = group(decodedPairs(request.query), same);
  return {
    resource: "/{proxy+}",
    path,
    httpMethod: request.method,
    headers: orNull(mapValues(multi, last)),
    multiValueHeaders: orNull(multi),
    queryStringParameters: orNull(mapValues(query, last)),
    multiValueQueryStringParameters: orNull(query),
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      resourcePath: "/{proxy+}",
      stage: "prod",
      requestId: "r-1",
      domainName: "a1.execute-api.eu-west-1.amazonaws.com",
      identity: { sourceIp: request.clientIp },
    },
    ...body(request, null),
  };
}

/** API Gateway's HTTP API and function URLs, payload 2.0. */
export function encodeV2(request: ClientRequest, path: string, domainName: string, keepsCookie: boolean): object {
  const cookie = request.headers.find(([name]) => name.toLowerCase() === "cookie")?.[1];
  const headers = forwarded(request).filter(([name]) => keepsCookie || name.toLowerCase() !== "cookie");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: request.query,
    ...(cookie === undefined ? {} : { cookies: cookie.split("; ") }),
    headers: mapValues(group(headers, lower), comma),
    requestContext: {
      domainName,
      stage: "$default",
      requestId: "r-1",
      http: { method: request.method, path, protocol: "HTTP/1.1", sourceIp: request.clientIp },
    },
    ...body(request, undefined),
  };
}

/** Application Load Balancer. */
export function encodeAlb(request: ClientRequest, isMulti: boolean): object {
  const headers = group(forwarded(request), lower);
  const query = group(rawPairs(request.query), same);
  return {
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/b" } },
    httpMethod: request.method,
    path: request.path,
    ...(isMulti
      ? { multiValueQueryStringParameters: query, multiValueHeaders: headers }
      : { queryStringParameters: mapValues(query, last), headers: mapValues(headers, last) }),
    ...body(request, ""),
  };
}

/** Function Compute 3.0. */
export function encodeFc3(request: ClientRequest): object {
  const headers = forwarded(request);
  return {
    version: "v1",
    rawPath: request.path,
    headers: mapValues(group(headers, firstSpelling(headers)), comma),
    queryParameters: mapValues(group(decodedPairs(request.query), same), comma),
    requestContext: {
      domainName: "a.cn-hangzhou.fcapp.run",
      requestId: "r-1",
      timeEpoch: "1781428532417",
      http: { method: request.method, path: decodeURIComponent(request.path), sourceIp: request.clientIp },
    },
    ...body(request, ""),
  };
}

/** Alibaba API Gateway; its flag is a string here. */
export function encodeAlibabaGateway(request: ClientRequest): object {
  const headers = forwarded(request);
  const { isBase64Encoded, ...rest } = body(request, "");
  return {
    path: decodeURIComponent(request.path),
    httpMethod: request.method,
    headers: mapValues(group(headers, firstSpelling(headers)), last),
    queryParameters: mapValues(group(decodedPairs(request.query), same), last),
    pathParameters: {},
    isBase64Encoded: String(isBase64Encoded),
    ...rest,
  };
}

function tencentQuery(request: ClientRequest): object {
  const bare = new Set(request.query.split("&").filter((pair) => pair !== "" && !pair.includes("=")));
  return mapValues(group(decodedPairs(request.query), same), (values) =>
    values.length > 1 ? values : bare.size > 0 && values[0] === "" ? true : (values[0] ?? ""),
  );
}

/** Tencent API Gateway, and function URLs without a context. */
export function encodeTencent(request: ClientRequest, hasContext: boolean): object {
  const shape = {
    headers: {
      ...mapValues(group(request.headers, lower), comma),
      "x-scf-remote-addr": request.clientIp,
      "x-forwarded-proto": request.isSecure ? "https" : "http",
    },
    httpMethod: request.method,
    path: decodeURIComponent(request.path),
    queryString: tencentQuery(request),
  };
  if (!hasContext) {
    return { ...shape, body: request.body !== null && "text" in request.body ? request.body.text : "" };
  }
  const requestContext = { serviceId: "s", path: "/", httpMethod: "ANY", sourceIp: request.clientIp, requestId: "r-1" };
  return { ...shape, requestContext, ...body(request, "") };
}

/** Huawei APIG. */
export function encodeHuawei(request: ClientRequest): object {
  return {
    requestContext: { apiId: "a", requestId: "r-1", stage: "RELEASE" },
    queryStringParameters: mapValues(group(decodedPairs(request.query), same), last),
    pathParameters: { "": "orders" },
    httpMethod: request.method,
    headers: { ...mapValues(group(forwarded(request), lower), last), "x-real-ip": request.clientIp },
    path: decodeURIComponent(request.path),
    ...body(request, ""),
  };
}

/** Netlify's Lambda-style event. */
export function encodeNetlify(request: ClientRequest): object {
  const headers = group([...request.headers, ["x-nf-client-connection-ip", request.clientIp]], lower);
  const query = group(decodedPairs(request.query), same);
  const scheme = request.isSecure ? "https" : "http";
  return {
    rawUrl: `${scheme}://a.example${request.path}${request.query === "" ? "" : `?${request.query}`}`,
    rawQuery: request.query,
    path: request.path,
    httpMethod: request.method,
    headers: mapValues(headers, comma),
    multiValueHeaders: headers,
    queryStringParameters: mapValues(query, comma),
    multiValueQueryStringParameters: query,
    ...body(request, null),
  };
}

/** VPC Lattice V2. */
export function encodeLattice(request: ClientRequest): object {
  return {
    version: "2.0",
    path: request.path,
    method: request.method,
    headers: group(forwarded(request), lower),
    queryStringParameters: group(rawPairs(request.query), same),
    requestContext: { serviceNetworkArn: "arn:aws:vpc-lattice:eu-west-1:1:servicenetwork/sn", region: "eu-west-1" },
    ...body(request, undefined),
  };
}
