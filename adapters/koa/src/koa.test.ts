import { Readable } from "node:stream";
import { probeNode, readEvent, testAdapter } from "@tidegate/http/contract";
import Koa from "koa";
import { describe, expect, test } from "vitest";
import { toHandler } from "./index.ts";

testAdapter("koa", (answer) => {
  const app = new Koa();
  app.use(async (ctx) => {
    const { status, headers, body } = answer(await probeNode(ctx.req));
    ctx.body = body;
    ctx.status = status;
    for (const [name, value] of headers) name === "set-cookie" ? ctx.append(name, value) : ctx.set(name, value);
  });
  return toHandler(app);
});

describe("a Koa app behind an event", () => {
  const event = readEvent("aws/apigw-http-v2-get.json");

  test("streams a body", async () => {
    const app = new Koa().use((ctx) => {
      ctx.type = "text/plain";
      ctx.body = Readable.from(["one,", "two"]);
    });
    expect(await toHandler(app)(event)).toMatchObject({ statusCode: 200, body: "one,two", isBase64Encoded: false });
  });

  test("knows the client", async () => {
    const app = new Koa();
    app.proxy = true;
    app.use((ctx) => {
      ctx.body = [ctx.ip, ctx.protocol, ctx.secure, ctx.query.tag, ctx.cookies.get("sid")];
    });
    const { body } = (await toHandler(app)(event)) as { body: string };
    expect(JSON.parse(body)).toEqual(["203.0.113.7", "https", true, ["a", "b"], "abc123"]);
  });

  test("answers its own errors, and 404 for nothing", async () => {
    const app = new Koa().use((ctx) => {
      if (ctx.path === "/orders/42") ctx.throw(409, "taken");
    });
    app.silent = true;
    expect(await toHandler(app)(event)).toMatchObject({ statusCode: 409, body: "taken" });
    expect(await toHandler(app)({ ...event, rawPath: "/" })).toMatchObject({ statusCode: 404, body: "Not Found" });
  });

  test("takes middleware added after the handler was made", async () => {
    const app = new Koa();
    const handler = toHandler(app);
    app.use((ctx) => {
      ctx.body = "late";
    });
    expect(await handler(event)).toMatchObject({ body: "late" });
  });
});
