import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { createGzip, gunzipSync } from "node:zlib";
import { probeNode, readEvent, testAdapter } from "@tidegate/http/contract";
import express5, { type Express } from "express";
// @ts-expect-error: an older version under another name has no type declarations
import express4 from "express4";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { getInvocation, toHandler } from "./index.ts";

const versions = [
  { version: 4, express: express4 as unknown as typeof express5 },
  { version: 5, express: express5 },
];

for (const { version, express } of versions) {
  testAdapter(`express ${version}`, (answer) => {
    const app = express();
    // Version 4 does not wait for promises.
    app.use((req, res, next) => {
      probeNode(req).then((probe) => {
        const { status, headers, body } = answer(probe);
        res.status(status);
        for (const [name, value] of headers) res.append(name, value);
        if (body instanceof Readable) body.pipe(res);
        else res.send(body ?? undefined);
      }, next);
    });
    return toHandler(app);
  });
}

const GET = "aws/apigw-http-v2-get.json";

interface EventAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: boolean;
}

async function call(app: Express, changes: Record<string, unknown> = {}, name = GET): Promise<EventAnswer> {
  return (await toHandler(app)({ ...readEvent(name), ...changes }, {})) as EventAnswer;
}

describe.each(versions)("an Express $version app behind an event", ({ express }) => {
  test("parses JSON, and refuses broken JSON with 400", async () => {
    const app = express();
    app.post("/orders", express.json(), (req, res) => void res.status(201).json(req.body));
    const post = "tencent-scf/function-url-post.json";
    expect(await call(app, {}, post)).toMatchObject({ statusCode: 201, body: '{"sku":"A-1","qty":2}' });
    expect((await call(app, { body: "{" }, post)).statusCode).toBe(400);
  });

  test("parses JSON of a platform that sends base64 and no length", async () => {
    const app = express().post("/shop/orders", express.json(), (req, res) => void res.json(req.body.sku));
    expect((await call(app, {}, "huawei-functiongraph/apig-post.json")).body).toBe('"A-1"');
  });

  test("knows the client, with and without trust proxy", async () => {
    const app = express().get(
      "/orders/42",
      (req, res) => void res.json([req.ip, req.protocol, req.secure, req.hostname]),
    );
    const headers = {
      host: "inner.example",
      "x-forwarded-for": "198.51.100.1, 203.0.113.7",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "shop.example",
    };
    expect(JSON.parse((await call(app, { headers })).body)).toEqual(["203.0.113.7", "https", true, "inner.example"]);
    app.set("trust proxy", true);
    expect(JSON.parse((await call(app, { headers })).body)).toEqual(["198.51.100.1", "https", true, "shop.example"]);
  });

  test("serves files, whole, in part and not again", async () => {
    const path = fileURLToPath(import.meta.url);
    const app = express().get("/orders/42", (_, res) =>
      res.sendFile(path, { headers: { "content-type": "text/plain" } }),
    );
    const whole = await call(app);
    expect([whole.statusCode, whole.body]).toEqual([200, readFileSync(path, "utf8")]);
    expect(await call(app, { headers: { range: "bytes=0-5" } })).toMatchObject({ statusCode: 206, body: "import" });
    const etag = whole.headers.ETag;
    expect(await call(app, { headers: { "if-none-match": etag } })).toMatchObject({ statusCode: 304, body: "" });
  });

  test("pipes a compressed stream", async () => {
    const app = express().get("/orders/42", (_, res) => {
      res.set({ "content-encoding": "gzip", "content-type": "text/plain" });
      Readable.from(["a".repeat(5000), "b"])
        .pipe(createGzip())
        .pipe(res);
    });
    const { body, isBase64Encoded } = await call(app);
    expect(isBase64Encoded).toBe(true);
    expect(gunzipSync(Buffer.from(body, "base64")).toString()).toBe(`${"a".repeat(5000)}b`);
  });

  test("answers 404 and errors itself", async () => {
    const app = express().get("/orders/42", (_req, _res, next) =>
      next(Object.assign(new Error("no"), { status: 409 })),
    );
    app.set("env", "test");
    expect((await call(app)).statusCode).toBe(409);
    expect((await call(app, { rawPath: "/none" })).statusCode).toBe(404);
  });

  test("redirects, sets cookies and mounts routers", async () => {
    const router = express.Router().get("/42", (req, res) => {
      res.cookie("a", "1").cookie("b", "2", { httpOnly: true }).redirect(303, `${req.baseUrl}/43`);
    });
    const answer = await call(express().use("/orders", router));
    expect(answer).toMatchObject({
      statusCode: 303,
      headers: { Location: "/orders/43" },
      cookies: ["a=1; Path=/", "b=2; Path=/; HttpOnly"],
    });
  });

  test("finds its event and context", async () => {
    const app = express().get(
      "/orders/42",
      (req, res) => void res.json([getInvocation()?.source, getInvocation(req)?.source]),
    );
    expect((await call(app)).body).toBe('["aws-http-v2","aws-http-v2"]');
  });

  test("may be promised, made by a function, or a module", async () => {
    const app = express().get("/orders/42", (_, res) => void res.send("late"));
    const sources = [Promise.resolve(app), async () => app, () => app, vi.fn(async () => app), { default: app }];
    for (const source of sources) {
      const handler = toHandler(source);
      const answers = await Promise.all([handler(readEvent(GET)), handler(readEvent(GET))]);
      expect(answers).toMatchObject([{ body: "late" }, { body: "late" }]);
    }
    expect(sources[3]).toHaveBeenCalledOnce();
  });

  test("whose factory fails is reported on every call, and made again with the next", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    let runs = 0;
    const handler = toHandler(async () => {
      if (++runs < 3) throw new Error("no database");
      return express().get("/orders/42", (_, res) => void res.send("late"));
    });
    const failed = { statusCode: 500, body: expect.stringContaining("TIDEGATE_APP_LOAD_FAILED") };
    expect(await handler(readEvent(GET))).toMatchObject(failed);
    expect(await handler(readEvent(GET))).toMatchObject(failed);
    expect(await handler(readEvent(GET))).toMatchObject({ statusCode: 200, body: "late" });
    log.mockRestore();
  });
});

describe("an Express app", () => {
  beforeEach(() => void vi.spyOn(console, "error").mockImplementation(() => {}));
  afterEach(() => void vi.restoreAllMocks());

  test("is told from an app of another framework, by its own name", async () => {
    const koaLike = { callback() {}, middleware: [], listen() {} };
    const message =
      'expected an Express app, a promise of one, or a function that makes one, found a Koa app, which the package "@tidegate/koa" takes';
    expect(() => toHandler(koaLike as never)).toThrow(message);
    expect(await toHandler(async () => koaLike as never)(readEvent(GET))).toMatchObject({
      statusCode: 500,
      body: expect.stringContaining("expected an Express app"),
    });
  });

  test("that a factory forgets to return is missed at once", async () => {
    const handler = toHandler((async () => {
      express5();
    }) as never);
    expect(await handler(readEvent(GET))).toMatchObject({
      statusCode: 500,
      body: expect.stringContaining("TIDEGATE_APP_INVALID"),
    });
  });
});
