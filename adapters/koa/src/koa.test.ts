import { Readable } from "node:stream";
import { probeNode, readEvent, testAdapter } from "@tidegate/http/contract";
import Koa3 from "koa";
// @ts-expect-error: an older version under another name has no type declarations
import Koa2 from "koa2";
import { describe, expect, test, vi } from "vitest";
import { getInvocation, toHandler } from "./index.ts";

const versions = [
  { version: 2, Koa: Koa2 as unknown as typeof Koa3 },
  { version: 3, Koa: Koa3 },
];

for (const { version, Koa } of versions) {
  testAdapter(`koa ${version}`, (answer) => {
    const app = new Koa();
    app.use(async (ctx) => {
      const { status, headers, body } = answer(await probeNode(ctx.req));
      ctx.body = body;
      ctx.status = status;
      for (const [name, value] of headers) name === "set-cookie" ? ctx.append(name, value) : ctx.set(name, value);
    });
    return toHandler(app);
  });
}

describe.each(versions)("a Koa $version app behind an event", ({ Koa }) => {
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

  test("may be promised, made by a function, or a module", async () => {
    const app = new Koa().use((ctx) => {
      ctx.body = getInvocation()?.source;
    });
    const factory = vi.fn(async () => app);
    for (const source of [Promise.resolve(app), async () => app, () => app, factory, { default: app }]) {
      const handler = toHandler(source);
      const answers = await Promise.all([handler(event), handler(event)]);
      expect(answers).toMatchObject([{ body: "aws-http-v2" }, { body: "aws-http-v2" }]);
    }
    expect(factory).toHaveBeenCalledOnce();
  });

  test("is told from its class and from its callback", () => {
    const error = expect.objectContaining({ code: "TIDEGATE_APP_INVALID" });
    expect(() => toHandler(Koa as never)).toThrow(error);
    expect(() => toHandler({} as never)).toThrow(error);
  });

  test("is told from an app of another framework", () => {
    const expressLike = Object.assign((_req: unknown, _res: unknown, _next: unknown) => {}, { handle() {}, use() {} });
    expect(() => toHandler(expressLike as never)).toThrow(
      'expected a Koa app, a promise of one, or a function that makes one, found an Express app, which the package "@tidegate/express" takes',
    );
  });
});
