/** A GET request as API Gateway sends it to a function, payload format 2.0. */
export function createHttpEvent(path: string): object {
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "colour=blue&size=9",
    cookies: ["session=0123456789abcdef"],
    headers: {
      accept: "application/json",
      "accept-encoding": "gzip, deflate, br",
      "content-length": "0",
      host: "abcdefghij.execute-api.eu-central-1.amazonaws.com",
      "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
      "x-amzn-trace-id": "Root=1-68b00000-0123456789abcdef01234567",
      "x-forwarded-for": "203.0.113.7",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
    },
    queryStringParameters: { colour: "blue", size: "9" },
    requestContext: {
      accountId: "123456789012",
      apiId: "abcdefghij",
      domainName: "abcdefghij.execute-api.eu-central-1.amazonaws.com",
      domainPrefix: "abcdefghij",
      http: {
        method: "GET",
        path,
        protocol: "HTTP/1.1",
        sourceIp: "203.0.113.7",
        userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
      },
      requestId: "EXAMPLEid0000000000=",
      routeKey: "$default",
      stage: "$default",
      time: "01/Jul/2026:12:00:00 +0000",
      timeEpoch: 1_782_907_200_000,
    },
    isBase64Encoded: false,
  };
}
