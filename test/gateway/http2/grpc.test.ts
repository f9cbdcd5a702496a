import {
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  credentials,
  Metadata,
  makeGenericClientConstructor,
  type ServiceDefinition,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { fixture, type Served, serveApp } from "../../served-app.ts";
import { ask, connectHttp2 } from "./http2-client.ts";

interface Text {
  readonly text: string;
}
type Done = (error: ServiceError | null, answer?: Text) => void;
interface EchoClient extends Client {
  unary(message: Text, metadata: Metadata, options: { deadline?: number }, done: Done): ClientUnaryCall;
  serverStream(message: Text): ClientReadableStream<Text>;
  clientStream(done: Done): ClientWritableStream<Text>;
  bidi(): ClientDuplexStream<Text, Text>;
}

const { echoService } = (await import(fixture("http2/echo-service.js"))) as { echoService: ServiceDefinition };
const Echo = makeGenericClientConstructor(echoService, "Echo");

function clientOf({ url }: Served): EchoClient {
  return new Echo(new URL(url).host, credentials.createInsecure()) as unknown as EchoClient;
}

interface Answer {
  readonly text: string | undefined;
  readonly error: ServiceError | null;
  readonly metadata: Metadata;
  readonly trailers: Metadata;
}

function call(client: EchoClient, text: string, metadata = new Metadata(), deadline?: number): Promise<Answer> {
  return new Promise((resolve) => {
    let headers = new Metadata();
    const options = deadline === undefined ? {} : { deadline };
    let answer: Pick<Answer, "text" | "error"> | null = null;
    const running = client.unary({ text }, metadata, options, (error, message) => {
      answer = { error, text: message?.text };
    });
    running.on("metadata", (received) => {
      headers = received;
    });
    running.on("status", ({ metadata: trailers }) =>
      setImmediate(() => resolve({ text: answer?.text, error: answer?.error ?? null, metadata: headers, trailers })),
    );
  });
}

describe("a gRPC app behind the gateway", () => {
  let served: Served;
  let client: EchoClient;
  beforeAll(async () => {
    served = await serveApp("http2/grpc-app.js");
    client = clientOf(served);
  });
  afterAll(async () => {
    client.close();
    await served.stop();
  });

  it("answers unary calls, with metadata both ways, binary too, and in trailers", async () => {
    const metadata = new Metadata();
    metadata.set("x-to", "the app");
    const { text, error, metadata: headers, trailers } = await call(client, "tide", metadata);
    expect([error, text]).toEqual([null, "tide, 4"]);
    expect(headers.get("x-from")).toEqual(["the app"]);
    expect(headers.get("x-raw-bin")).toEqual([Buffer.from([0, 255, 10, 13])]);
    expect(trailers.get("x-end")).toEqual(["of it"]);
    expect(await served.record("/Echo/unary")).toMatchObject({ status: 200, protocol: "h2", error: null });
  });

  it("fails with its own status, message and metadata", async () => {
    const { error } = await call(client, "fail");
    expect(error).toMatchObject({ code: status.FAILED_PRECONDITION, details: "not now, caf\u00e9" });
    expect(error?.metadata.get("x-why")).toEqual(["asked to"]);
  });

  it("has no method of another name: a response of trailers only", async () => {
    const { error } = await new Promise<{ error: ServiceError | null }>((resolve) =>
      client.makeUnaryRequest(
        "/Echo/none",
        () => Buffer.alloc(0),
        String,
        {},
        (error) => resolve({ error }),
      ),
    );
    expect(error?.code).toBe(status.UNIMPLEMENTED);
  });

  it("streams messages to the client, more than any window holds", async () => {
    const texts: string[] = [];
    const stream = client.serverStream({ text: "20000" });
    stream.on("data", ({ text }: Text) => texts.push(text));
    await new Promise((resolve, reject) => stream.on("end", resolve).on("error", reject));
    expect([texts.length, texts[0], texts.at(-1)]).toEqual([20_000, "1", "20000"]);
  });

  it("takes a stream of messages from the client", async () => {
    const answer = await new Promise<string | undefined>((resolve, reject) => {
      const stream = client.clientStream((error, message) => (error ? reject(error) : resolve(message?.text)));
      for (let count = 0; count < 2_000; count++) stream.write({ text: "x".repeat(1_000) });
      stream.end();
    });
    expect(answer).toBe("2000 texts of 2000000");
  });

  it("fails in the middle of the client's stream", async () => {
    const error = await new Promise<ServiceError | null>((resolve) => {
      const stream = client.clientStream((failure) => resolve(failure));
      stream.on("error", () => {});
      stream.write({ text: "stop" });
    });
    expect(error).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: "enough" });
  });

  it("talks both ways at once: each message is answered before the next is sent", async () => {
    const stream = client.bidi();
    for (const text of ["one", "two", "three"]) {
      stream.write({ text });
      const { text: answer } = await new Promise<Text>((resolve) => stream.once("data", resolve));
      expect(answer).toBe(text.toUpperCase());
    }
    stream.end();
    await new Promise((resolve) => stream.on("end", resolve).resume());
  });

  it("is told of deadlines and of cancellation", async () => {
    const late = await call(client, "hang", new Metadata(), Date.now() + 200);
    expect(late.error?.code).toBe(status.DEADLINE_EXCEEDED);
    const cancelled = new Promise<ServiceError | null>((resolve) => {
      const running = client.unary({ text: "hang" }, new Metadata(), {}, (error) => resolve(error));
      setImmediate(() => running.cancel());
    });
    expect((await cancelled)?.code).toBe(status.CANCELLED);
    for (;;) {
      const { text } = await call(client, "seen");
      if (text?.includes("cancelled with deadline true")) break;
    }
  });

  it("can be called over HTTP/1.1 as well, whoever wants that", async () => {
    const message = Buffer.from('{"text":"one"}');
    const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
    const response = await fetch(`${served.url}/Echo/unary`, {
      method: "POST",
      headers: { "content-type": "application/grpc", te: "trailers" },
      body: frame,
    });
    expect(response.headers.get("content-type")).toMatch(/^application\/grpc/);
    expect(await response.text()).toContain('{"text":"one, 3"}');
  });
});

describe("a refusal of the gateway reaches a gRPC client as a status", () => {
  let served: Served | null = null;
  let client: EchoClient | null = null;
  afterEach(async () => {
    client?.close();
    await served?.stop();
  });

  it("no route: UNIMPLEMENTED; its limits are reached: RESOURCE_EXHAUSTED; no answer in time: DEADLINE_EXCEEDED", async () => {
    served = await serveApp("http2/grpc-app.js", {
      routes: [{ path: "/Echo" }],
      concurrency: 1,
      queueLimit: 0,
      timeoutMs: 1_000,
      scaling: { maxInstances: 1, minInstances: 1 },
    });
    await served.event("instance", ({ state }) => state === "ready");
    client = clientOf(served);
    const unrouted = await new Promise<ServiceError | null>((resolve) =>
      client?.makeUnaryRequest(
        "/None/none",
        () => Buffer.alloc(0),
        String,
        {},
        (error) => resolve(error),
      ),
    );
    expect(unrouted?.code).toBe(status.UNIMPLEMENTED);
    expect(unrouted?.details).toMatch(/^TIDEGATE_ROUTE_NOT_FOUND: /);
    const hanging = call(client, "hang");
    while (served.host.counters().inFlight === 0) await new Promise(setImmediate);
    const full = await call(client, "one too many");
    expect(full.error?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(full.error?.details).toMatch(/^TIDEGATE_\w+: Cannot /);
    const late = await hanging;
    expect(late.error?.code).toBe(status.DEADLINE_EXCEEDED);
    expect(late.error?.details).toMatch(/^TIDEGATE_RESPONSE_TIMEOUT: /);
  });

  it("while another client of HTTP/2 is told in JSON", async () => {
    served = await serveApp("http2/grpc-app.js", { routes: [{ path: "/Echo" }] });
    const session = await connectHttp2(served.url);
    const { status: code, headers, body } = await ask(session, { ":path": "/none" });
    expect([code, headers["content-type"], body]).toEqual([
      404,
      "application/json",
      expect.stringContaining("TIDEGATE_ROUTE_NOT_FOUND"),
    ]);
    session.close();
  });
});
