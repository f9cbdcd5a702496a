import { Readable } from "node:stream";
import { probeNode, readEvent, testAdapter } from "@tidegate/http/contract";
import fastify, { type FastifyInstance } from "fastify";
import { describe, expect, test, vi } from "vitest";
import { getInvocation, toHandler } from "./index.ts";

const GET = readEvent("aws/apigw-http-v2-get.json");

testAdapter("fastify", (answer) => {
  const app = fastify({ exposeHeadRoutes: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  app.all("/*", async (request, reply) => {
    const { status, headers, body } = answer(await probeNode(request.raw));
    for (const [name, value] of headers) reply.header(name, value);
    return reply.status(status).send(body ?? undefined);
  });
  return toHandler(app);
});

describe("a Fastify app behind an event", () => {
  test("parses JSON, loads plugins and runs hooks", async () => {
    const app = fastify({ trustProxy: true });
    const handler = toHandler(app);
    app.addHook("onSend", async (_request, reply) => void reply.header("x-hook", "ran"));
    app.register((scope, _options, done) => {
      scope.post("/orders", async (request) => ({ got: request.body, ip: request.ip }));
      done();
    });
    const answer = (await handler(readEvent("alibaba-fc/http-fc3-post-json.json"))) as { body: string };
    expect(answer).toMatchObject({ statusCode: 200, headers: { "x-hook": "ran" } });
    expect(JSON.parse(answer.body)).toEqual({ got: { sku: "A-1", qty: 2 }, ip: "203.0.113.7" });
  });

  test("that cannot load is reported on every call, and a function makes it again", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    let runs = 0;
    const create = (): FastifyInstance => {
      const app = fastify();
      app.register((_scope, _options, done) => done(++runs % 3 === 0 ? undefined : new Error("no database")));
      app.get("/orders/42", async () => "loaded");
      return app;
    };
    const failed = { statusCode: 500, body: expect.stringContaining("TIDEGATE_APP_LOAD_FAILED") };
    const once = toHandler(create());
    expect([await once(GET), await once(GET)]).toMatchObject([failed, failed]);
    runs = 0;
    for (const factory of [create, async () => create()]) {
      const handler = toHandler(factory);
      expect([await handler(GET), await handler(GET)]).toMatchObject([failed, failed]);
      expect(await handler(GET)).toMatchObject({ statusCode: 200, body: "loaded" });
    }
    log.mockRestore();
  });

  test("finds the invocation, in hooks too, and streams", async () => {
    const app = fastify();
    app.addHook("onRequest", async (_request, reply) => void reply.header("x-source", getInvocation()?.source));
    app.get("/orders/42", (_request, reply) => reply.type("text/plain").send(Readable.from(["one,", "two"])));
    const answer = await toHandler(app)(GET);
    expect(answer).toMatchObject({ body: "one,two", headers: { "x-source": "aws-http-v2" } });
  });

  test("may be promised or a module", async () => {
    const app = fastify().get("/orders/42", async () => "ok");
    for (const source of [Promise.resolve(app), { default: app }, async () => ({ default: app })]) {
      expect(await toHandler(source)(GET)).toMatchObject({ body: "ok" });
    }
  });
});
