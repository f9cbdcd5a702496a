import { probeNode, readEvent, testAdapter } from "@tidegate/http/contract";
import fastify from "fastify";
import { describe, expect, test } from "vitest";
import { toHandler } from "./index.ts";

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

  test("that cannot load answers 500", async () => {
    const app = fastify();
    app.register((_scope, _options, done) => done(new Error("no database")));
    const answer = await toHandler(app)(readEvent("aws/apigw-http-v2-get.json"));
    expect(answer).toMatchObject({ statusCode: 500 });
  });
});
