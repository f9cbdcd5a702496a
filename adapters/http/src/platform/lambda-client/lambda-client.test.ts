import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { parse } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RuntimeApi } from "./runtime-api.ts";

/** Runs streaming-function.mjs in AWS's own runtime client, with the real protocol over real sockets around it. */
const api = new RuntimeApi();
let runtime: ChildProcess;
let log = "";

beforeAll(async () => {
  const client = fileURLToPath(import.meta.resolve("aws-lambda-ric"));
  const { href } = new URL("without-native.mjs", import.meta.url);
  const { name, dir } = parse(fileURLToPath(new URL("streaming-function.mjs", import.meta.url)));
  runtime = spawn(process.execPath, ["--import", href, client], {
    env: {
      ...process.env,
      AWS_LAMBDA_RUNTIME_API: await api.start(),
      AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: "true",
      AWS_LAMBDA_FUNCTION_NAME: "orders",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/orders",
      AWS_LAMBDA_LOG_STREAM_NAME: "2026/06/14/[$LATEST]0",
      LAMBDA_TASK_ROOT: dir,
      _HANDLER: `${name}.handler`,
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const output of [runtime.stdout, runtime.stderr]) {
    output?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
});

// Without a runtime nothing would be answered, and each test would wait for its time limit.
beforeEach(() => {
  if (runtime.exitCode !== null) throw new Error(`The runtime has ended: ${log}`);
});

afterAll(async () => {
  if (runtime.exitCode === null) {
    runtime.kill("SIGKILL");
    await once(runtime, "exit");
  }
  api.stop();
});

/** A function URL's event; with a `domainName` of API Gateway, one of a REST API's shape comes from `restEvent`. */
function urlEvent(path: string, method = "GET", body?: string): object {
  return {
    version: "2.0",
    rawPath: path,
    rawQueryString: "",
    headers: { host: "abc.lambda-url.eu-west-1.on.aws", "x-forwarded-proto": "https" },
    requestContext: {
      domainName: "abc.lambda-url.eu-west-1.on.aws",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "203.0.113.7" },
      requestId: "url-request",
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  };
}

function restEvent(path: string): object {
  return {
    resource: "/{proxy+}",
    path,
    httpMethod: "GET",
    headers: { Host: "abc.execute-api.eu-west-1.amazonaws.com" },
    requestContext: { resourcePath: "/{proxy+}", httpMethod: "GET", path, requestId: "rest-request", identity: {} },
    body: null,
    isBase64Encoded: false,
  };
}

function split(bytes: Buffer): { prelude: Record<string, unknown>; body: string } {
  const end = bytes.indexOf(0);
  expect(bytes.subarray(end, end + 8)).toEqual(Buffer.alloc(8));
  return { prelude: JSON.parse(bytes.subarray(0, end).toString()), body: bytes.subarray(end + 8).toString() };
}

/** Prelude, delimiter and body of a streamed response, as AWS documents them: two events and a cookie. */
const REFERENCE_BASE64 =
  "eyJzdGF0dXNDb2RlIjoyMDAsImhlYWRlcnMiOnsiY29udGVudC10eXBlIjoidGV4dC9ldmVudC1zdHJlYW0iLCJjYWNoZS1jb250cm9sIjoibm8tc3RvcmUifSwiY29va2llcyI6WyJzaWQ9ZGVmNDU2OyBQYXRoPS8iXX0AAAAAAAAAAGRhdGE6IDEKCmRhdGE6IDIKCg==";
const INTEGRATION_TYPE = "application/vnd.awslambda.http-integration-response";

describe("in AWS's runtime client", () => {
  test("the bytes on the wire are those of the reference, each event at once", async () => {
    const invocation = api.invoke(urlEvent("/events"));
    // The app waits for a word of this test, which is only said once the first event has come through.
    const start = await invocation.readUntil("data: 1\n\n");
    runtime.send("go on");
    const upload = await invocation.finish();
    expect(upload.headers).toMatchObject({
      "lambda-runtime-function-response-mode": "streaming",
      "transfer-encoding": "chunked",
      "content-type": INTEGRATION_TYPE,
      trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
    });
    const bytes = Buffer.concat([Buffer.from(start, "latin1"), upload.body]);
    expect(bytes.toString("base64")).toBe(REFERENCE_BASE64);
    expect(upload.trailers).toEqual({});
  });

  test("flushed headers go out before there is a body", async () => {
    const invocation = api.invoke(urlEvent("/flushed"));
    expect(await invocation.readUntil("\0".repeat(8))).toContain('"statusCode":202');
    runtime.send("go on");
    expect((await invocation.finish()).body.toString()).toBe("");
  });

  const whole = [
    { path: "/empty", statusCode: 204, headers: { "x-kept": "yes" }, body: "" },
    { path: "/not-modified", statusCode: 304, headers: { etag: '"1"' }, body: "" },
    { path: "/end-only", statusCode: 201, headers: { "content-type": "text/plain" }, body: "whole" },
    { path: "/cookies", statusCode: 200, headers: { "x-many": "1, 2" }, body: "", cookies: ["a=1", "b=2"] },
  ];
  test.each(whole)("$path arrives with its status and headers", async ({ path, body, ...expected }) => {
    const upload = await api.invoke(urlEvent(path)).finish();
    const answer = split(upload.body);
    expect(answer.prelude).toMatchObject(expected);
    expect(answer.body).toBe(body);
    expect(upload.trailers).toEqual({});
  });

  test("HEAD has the headers and no body", async () => {
    const { prelude, body } = split((await api.invoke(urlEvent("/end-only", "HEAD")).finish()).body);
    expect(prelude).toMatchObject({ statusCode: 201, headers: { "content-type": "text/plain" } });
    expect(body).toBe("");
  });

  test("a body passes through unchanged", async () => {
    const upload = await api.invoke(urlEvent("/upload", "POST", "grüße")).finish();
    expect(split(upload.body).body).toBe("grüße");
  });

  test("an app that throws before the head answers 500", async () => {
    const upload = await api.invoke(urlEvent("/throws")).finish();
    const { prelude, body } = split(upload.body);
    expect(prelude).toMatchObject({ statusCode: 500 });
    expect(JSON.parse(body)).toMatchObject({ error: { code: "TIDEGATE_APP_FAILED", requestId: "url-request" } });
    expect(upload.trailers).toEqual({});
  });

  const broken = [
    { path: "/throws-midway", sent: "half" },
    { path: "/destroys", sent: undefined },
  ];
  test.each(broken)("$path is reported in the trailers", async ({ path, sent }) => {
    const upload = await api.invoke(urlEvent(path)).finish();
    if (sent === undefined) expect(upload.body.toString()).toBe("");
    else expect(split(upload.body).body).toBe(sent);
    expect(upload.trailers["lambda-runtime-function-error-type"]).toBe("TidegateError");
    const report = Buffer.from(upload.trailers["lambda-runtime-function-error-body"] ?? "", "base64").toString();
    expect(JSON.parse(report)).toMatchObject({
      errorType: "TidegateError",
      errorMessage: "Cannot complete the response: the connection was destroyed",
    });
  });

  test("a slow reader slows the app, and gets every byte", async () => {
    const invocation = api.invoke(urlEvent("/tide"));
    const [{ heldBackAfter }] = await once(runtime, "message");
    expect(heldBackAfter).toBeLessThan(24);
    const { body } = await invocation.finish();
    expect(split(body).body).toBe("t".repeat(24 * 1024 * 1024));
  });

  test("a head too large for API Gateway is answered with a 502, and passes a function URL", async () => {
    const refused = split((await api.invoke(restEvent("/large-head")).finish()).body);
    expect(refused.prelude).toMatchObject({ statusCode: 502 });
    expect(JSON.parse(refused.body)).toMatchObject({ error: { code: "TIDEGATE_PRELUDE_TOO_LARGE" } });
    const passed = split((await api.invoke(urlEvent("/large-head")).finish()).body);
    expect(passed).toMatchObject({ prelude: { statusCode: 200 }, body: "body" });
  });

  test("a load balancer gets the one JSON object it understands", async () => {
    const upload = await api
      .invoke({
        requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:x" } },
        httpMethod: "GET",
        path: "/end-only",
        queryStringParameters: {},
        headers: { host: "lb.example", "x-forwarded-for": "203.0.113.7" },
        body: "",
        isBase64Encoded: false,
      })
      .finish();
    expect(upload.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(upload.body.toString())).toMatchObject({ statusCode: 201, body: "whole" });
  });

  test("the app knows its invocation and its deadline", async () => {
    const { body } = split((await api.invoke(urlEvent("/who")).finish()).body);
    const seen = JSON.parse(body);
    expect(seen).toMatchObject({ source: "aws-function-url", requestId: "url-request" });
    expect(seen.deadlineMs - Date.now()).toBeGreaterThan(30_000);
  });

  test("the log holds the errors of the app and no complaint of the client", () => {
    expect(log).toContain("cannot read sku");
    expect(log).not.toContain("ignore return values");
    expect(log).not.toContain("not finished");
    expect(runtime.exitCode).toBeNull();
  });
});
