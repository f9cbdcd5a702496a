/** The body of a request as it is in an event. */
export interface EventBody {
  readonly type: string;
  readonly text: string;
  readonly isBase64Encoded: boolean;
}

const host = "abcdefghij.execute-api.eu-central-1.amazonaws.com";
const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36";
const query = { colour: "blue", size: "9" } as const;
const identity = { sourceIp: "203.0.113.7", userAgent: agent } as const;
const contextFields = {
  accountId: "123456789012",
  apiId: "abcdefghij",
  domainName: host,
  domainPrefix: "abcdefghij",
  requestId: "EXAMPLEid0000000000=",
} as const;

/** A request as an HTTP API of API Gateway sends it to a function, payload format 2.0. */
export function createHttpEvent(
  method: string,
  path: string,
  body: EventBody | null = null,
  extraHeaders: Readonly<Record<string, string>> = {},
): object {
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "colour=blue&size=9",
    cookies: ["session=0123456789abcdef"],
    headers: { ...headersFor(body), ...extraHeaders },
    queryStringParameters: { ...query },
    requestContext: {
      ...contextFields,
      http: { method, path, protocol: "HTTP/1.1", ...identity },
      routeKey: "$default",
      stage: "$default",
      time: "01/Jul/2026:12:00:00 +0000",
      timeEpoch: 1_782_907_200_000,
    },
    ...(body === null ? {} : { body: body.text }),
    isBase64Encoded: body?.isBase64Encoded ?? false,
  };
}

/** A GET request as a REST API of API Gateway sends it to a function, payload format 1.0. */
export function createRestEvent(path: string): object {
  const headers = { ...headersFor(null), cookie: "session=0123456789abcdef" };
  const lists = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
  return {
    resource: "/{proxy+}",
    path,
    httpMethod: "GET",
    headers,
    multiValueHeaders: lists(headers),
    queryStringParameters: { ...query },
    multiValueQueryStringParameters: lists(query),
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      ...contextFields,
      resourceId: "abc123",
      resourcePath: "/{proxy+}",
      httpMethod: "GET",
      path: `/prod${path}`,
      protocol: "HTTP/1.1",
      stage: "prod",
      identity: { ...identity },
      requestTime: "01/Jul/2026:12:00:00 +0000",
      requestTimeEpoch: 1_782_907_200_000,
    },
    body: null,
    isBase64Encoded: false,
  };
}

function headersFor(body: EventBody | null): Record<string, string> {
  const length = body === null ? 0 : Buffer.byteLength(body.text, body.isBase64Encoded ? "base64" : "utf8");
  return {
    accept: "application/json",
    "accept-encoding": "gzip, deflate, br",
    "content-length": `${length}`,
    ...(body === null ? {} : { "content-type": body.type }),
    host,
    "user-agent": agent,
    "x-amzn-trace-id": "Root=1-68b00000-0123456789abcdef01234567",
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  };
}
