import { PassThrough, Readable } from "node:stream";
import Hapi from "@hapi/hapi";
import { probeNode, readEvent, testAdapter } from "@tidegate/http/contract";
import { describe, expect, test, vi } from "vitest";
import { getInvocation, toHandler } from "./index.ts";

const GET = readEvent("aws/apigw-http-v2-get.json");

/** Hapi takes streams of bytes only. */
function toBytes(stream: Readable): Readable {
  return stream.pipe(new PassThrough());
}

testAdapter("hapi", (answer) => {
  const server = Hapi.server();
  server.route({
    method: "*",
    path: "/{any*}",
    options: { payload: { parse: false, output: "stream" } },
    handler: async (request, h) => {
      const { status, headers, body } = answer(await probeNode(request.raw.req));
      const response = h.response(body instanceof Readable ? toBytes(body) : (body ?? undefined)).code(status);
      for (const [name, value] of headers) {
        if (name === "content-type") response.type(value);
        else response.header(name, value, { append: name === "set-cookie", separator: "," });
      }
      return response;
    },
  });
  // Hapi itself answers GET routes to HEAD; a wildcard method does not include it.
  server.route({
    method: "GET",
    path: "/_/text",
    handler: (_request, h) => h.response("grüße").type("text/plain; charset=utf-8"),
  });
  return toHandler(server);
});

describe("a Hapi server behind an event", () => {
  test("parses JSON and knows the client", async () => {
    const server = Hapi.server();
    server.route({
      method: "POST",
      path: "/orders",
      handler: (request, h) => h.response({ got: request.payload, ip: request.info.remoteAddress }).code(201),
    });
    const answer = (await toHandler(server)(readEvent("alibaba-fc/http-fc3-post-json.json"))) as { body: string };
    expect(answer).toMatchObject({ statusCode: 201 });
    expect(JSON.parse(answer.body)).toEqual({ got: { sku: "A-1", qty: 2 }, ip: "203.0.113.7" });
  });

  test("has cookies, streams, redirects, its own errors and the invocation", async () => {
    const server = Hapi.server();
    server.route([
      {
        method: "GET",
        path: "/orders/{id}",
        handler: (request, h) =>
          h
            .response([request.params.id, request.query.tag, request.state.sid, getInvocation(request.raw.req)?.source])
            .state("a", "1", { isSecure: false, path: "/" })
            .state("b", "2", { isSecure: false, path: "/" }),
      },
      { method: "GET", path: "/stream", handler: () => toBytes(Readable.from(["one,", "two"])) },
      { method: "GET", path: "/moved", handler: (_request, h) => h.redirect("/elsewhere") },
    ]);
    const handler = toHandler(server);
    const answer = (await handler(GET)) as { body: string; cookies: string[] };
    expect(JSON.parse(answer.body)).toEqual(["42", ["a", "b"], "abc123", "aws-http-v2"]);
    expect(answer.cookies).toHaveLength(2);
    const stream = (await handler({ ...GET, rawPath: "/stream" })) as { body: string };
    expect(Buffer.from(stream.body, "base64").toString()).toBe("one,two");
    expect(await handler({ ...GET, rawPath: "/moved" })).toMatchObject({ statusCode: 302 });
    expect(await handler({ ...GET, rawPath: "/none" })).toMatchObject({ statusCode: 404 });
  });

  test("is initialised once, before its first request", async () => {
    const server = Hapi.server();
    const started = vi.fn();
    server.ext("onPreStart", started);
    server.route({ method: "GET", path: "/orders/42", handler: () => "ok" });
    const handler = toHandler(async () => server);
    const answers = await Promise.all([handler(GET), handler(GET)]);
    expect(answers).toEqual(Array(2).fill(expect.objectContaining({ statusCode: 200, body: "ok" })));
    expect(started).toHaveBeenCalledOnce();
    expect(server.info.started).toBe(0);
  });

  test("may have been initialised by the app", async () => {
    const server = Hapi.server();
    server.route({ method: "GET", path: "/orders/42", handler: () => "ok" });
    await server.initialize();
    expect(await toHandler(server)(GET)).toMatchObject({ body: "ok" });
  });

  test("that cannot start answers 500", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const server = Hapi.server();
    server.ext("onPreStart", () => {
      throw new Error("no database");
    });
    const answer = await toHandler(server)(GET);
    expect(answer).toMatchObject({ statusCode: 500, body: expect.stringContaining("TIDEGATE_APP_LOAD_FAILED") });
    expect(log).toHaveBeenCalledWith(
      expect.objectContaining({ cause: expect.objectContaining({ message: "no database" }) }),
    );
    log.mockRestore();
  });
});
