import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Readable } from "node:stream";
import { toHandler as toFetchHandler } from "@tidegate/fetch";
import { LISTENER } from "@tidegate/http";
import fastify from "fastify";
import { Hono } from "hono";
import { staticSteps, withCookies } from "./express.js";
import { multipartType, upload } from "./middleware.js";

const require = createRequire(import.meta.url);
const json = ["Content-Type", "application/json"];
const form = ["Content-Type", "application/x-www-form-urlencoded"];

function createKoa(version) {
  const Koa = require(version);
  const Class = Koa.default ?? Koa;
  const app = new Class();
  app.keys = ["k1", "k2"];
  app.silent = true;
  return app;
}

const koaApps = {
  "bodies of every kind": [
    (app, { folder }) =>
      app.use((ctx) => {
        const bodies = {
          "/text": () => "grüße",
          "/html": () => "<p>x",
          "/json": () => ({ a: [1] }),
          "/buffer": () => Buffer.from([0, 255]),
          "/stream": () => Readable.from(["a", "b"]),
          "/file": () => createReadStream(join(folder, "large.bin")).pipe(new (require("node:stream").PassThrough)()),
          "/null": () => null,
          "/empty": () => "",
        };
        if (ctx.path in bodies) ctx.body = bodies[ctx.path]();
        if (ctx.path === "/file") ctx.type = "application/octet-stream";
      }),
    [
      ...["/text", "/html", "/json", "/buffer", "/stream", "/null", "/empty", "/none"].map((target) => ({ target })),
      { method: "HEAD", target: "/text" },
      { method: "HEAD", target: "/json" },
    ],
  ],
  "errors, redirects, status, cookies": [
    (app, kit) => {
      app.on("error", (error) => kit.record(`app error ${error.message}`));
      app.use(async (ctx) => {
        if (ctx.path === "/throw") throw new Error("secret");
        if (ctx.path === "/status") ctx.throw(422, "no good", { headers: { "X-Why": "because" } });
        if (ctx.path === "/assert") ctx.assert(false, 401, "who?");
        if (ctx.path === "/moved") return ctx.redirect("/to?ü=1");
        if (ctx.path === "/message") {
          ctx.status = 418;
          ctx.message = "Short And Stout";
        }
        if (ctx.path === "/set") {
          ctx.cookies.set("a", "1").set("b", "2", { signed: true, httpOnly: false });
          ctx.body = "set";
        }
        if (ctx.path === "/get") ctx.body = [ctx.cookies.get("a"), ctx.cookies.get("b", { signed: true })];
        return undefined;
      });
    },
    [
      ...["/throw", "/status", "/assert", "/moved", "/message", "/set"].map((target) => ({ target })),
      withCookies({ target: "/get" }),
      { target: "/moved", headers: [["Accept", "text/html"]] },
    ],
  ],
  "what a request says": [
    (app) => {
      app.use((ctx) => {
        ctx.body = {
          url: ctx.url,
          original: ctx.originalUrl,
          origin: ctx.origin,
          href: ctx.href,
          path: ctx.path,
          query: ctx.query,
          ip: ctx.ip,
          ips: ctx.ips,
          protocol: ctx.protocol,
          secure: ctx.secure,
          host: ctx.host,
          hostname: ctx.hostname,
          length: ctx.request.length ?? null,
          type: ctx.request.type,
          accepts: ctx.accepts("json", "html"),
          fresh: ctx.fresh,
          idempotent: ctx.idempotent,
        };
      });
    },
    [
      { target: "/a%20b?c=d&c=e&f=g+h" },
      {
        target: "/",
        headers: [
          ["Accept", "text/html"],
          ["Host", "x.example:81"],
        ],
      },
      { method: "POST", target: "/", headers: [json], body: "{}" },
    ],
  ],
  "koa-body": [
    (app) => {
      const { koaBody } = require("koa-body");
      app.use(koaBody({ multipart: true, includeUnparsed: true, jsonLimit: "1kb" }));
      app.use((ctx) => {
        const files = Object.entries(ctx.request.files ?? {}).flatMap(([name, list]) =>
          [list].flat().map(({ size, originalFilename, mimetype }) => ({ name, size, originalFilename, mimetype })),
        );
        // In the order in which the files were written, which differs from run to run.
        files.sort((a, b) => a.size - b.size);
        ctx.body = { body: ctx.request.body ?? null, files };
      });
    },
    [
      { method: "POST", target: "/", headers: [json], body: '{"a":"ü"}' },
      { method: "POST", target: "/", headers: [json], body: '{"a":' },
      { method: "POST", target: "/", headers: [json], body: JSON.stringify("x".repeat(3000)) },
      { method: "POST", target: "/", headers: [form], body: "a=1&b[c]=2" },
      { method: "POST", target: "/", headers: [["Content-Type", "text/plain"]], body: "text" },
      { method: "POST", target: "/", headers: [multipartType], body: upload },
      { target: "/" },
    ],
  ],
  "koa-bodyparser": [
    (app) => {
      app.use(require("koa-bodyparser")());
      app.use((ctx) => {
        ctx.body = { body: ctx.request.body ?? null, raw: ctx.request.rawBody ?? null };
      });
    },
    [
      { method: "POST", target: "/", headers: [json], body: '{"a":"ü"}' },
      { method: "POST", target: "/", headers: [json], body: ["{", "}"] },
      { method: "POST", target: "/", headers: [json], body: "nope" },
      { method: "POST", target: "/", headers: [form], body: "a=1&b=2" },
    ],
  ],
  "koa-static": [
    (app, { folder }) => {
      app.use(async (ctx, next) => {
        if (!ctx.path.startsWith("/s")) return undefined;
        ctx.path = ctx.path.slice(2);
        return next();
      });
      app.use(require("koa-static")(folder, { maxage: 1000 }));
    },
    staticSteps,
  ],
  "koa-session": [
    (app) => {
      const koaSession = require("koa-session");
      app.use((koaSession.default ?? koaSession.createSession ?? koaSession)({ renew: true }, app));
      app.use((ctx) => {
        if (ctx.path === "/out") ctx.session = null;
        else ctx.session.views = (ctx.session.views ?? 0) + 1;
        ctx.body = ctx.session === null ? "bye" : String(ctx.session.views);
      });
    },
    [{ target: "/" }, withCookies({ target: "/" }), withCookies({ target: "/" }), withCookies({ target: "/out" })],
  ],
  "event stream and own response": [
    (app) =>
      app.use(async (ctx) => {
        if (ctx.path === "/own") {
          ctx.respond = false;
          ctx.res.writeHead(202, { "X-Own": "1" });
          ctx.res.end("own");
          return;
        }
        ctx.set("Content-Type", "text/event-stream");
        const events = new (require("node:stream").PassThrough)();
        ctx.body = events;
        for (let n = 1; n <= 3; n++) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          events.write(`data: ${n}\n\n`);
        }
        events.end();
      }),
    [{ target: "/own" }, { target: "/events" }],
  ],
};

const koaCases = Object.entries({ "koa 2": "koa2", "koa 3": "koa" }).flatMap(([version, module]) =>
  Object.entries(koaApps).map(([name, [use, steps]]) => ({
    name: `${version}: ${name}`,
    app: (kit) => {
      const app = createKoa(module);
      use(app, kit);
      return app.callback();
    },
    steps,
  })),
);

const connectCase = {
  name: "connect: mounts, errors, 404",
  app: () => {
    const app = require("connect")();
    app.use("/mounted", (req, res) => res.end(JSON.stringify([req.url, req.originalUrl])));
    app.use("/error", () => {
      throw Object.assign(new Error("no"), { status: 409, stack: undefined });
    });
    return app;
  },
  steps: ["/mounted/a/b?c=d", "/error", "/none", "/mounted"].map((target) => ({ target })),
};

const polkaCase = {
  name: "polka: params, query, errors",
  app: () => {
    const polka = require("polka")({
      onError: (error, _req, res) => res.writeHead(error.code ?? 500).end(error.message ?? String(error)),
    });
    polka.get("/users/:id", (req, res) =>
      res.end(JSON.stringify([req.params, req.query, req.path, req.search ?? null])),
    );
    polka.use((req, _res, next) =>
      next(req.url === "/error" ? Object.assign(new Error("no"), { code: 409 }) : undefined),
    );
    return polka.handler;
  },
  steps: ["/users/a%20b?c=d&c=e", "/error", "/none"].map((target) => ({ target })),
};

async function createFastify(kit, define) {
  let listener;
  const app = fastify({
    serverFactory: (handler) => {
      listener = handler;
      return require("node:http").createServer(handler);
    },
  });
  define(app, kit);
  await app.ready();
  kit.defer(() => app.close());
  return (req, res) => listener(req, res);
}

const fastifyCases = Object.entries({
  "replies of every kind": [
    (app) => {
      app.get("/text", async () => "grüße");
      app.get("/json", async () => ({ a: [1] }));
      app.get("/buffer", async (_request, reply) => reply.type("image/png").send(Buffer.from([0, 255])));
      app.get("/stream", (_request, reply) => reply.send(Readable.from(["a", "b"])));
      app.get("/web", async () => new Response("web", { status: 203, headers: { "x-web": "1" } }));
      app.get("/empty", async (_request, reply) => reply.code(204).send());
      app.get("/moved", (_request, reply) => reply.redirect("/to"));
      app.get("/cookies", (_request, reply) => reply.header("set-cookie", ["a=1", "b=2"]).send("x"));
      app.get("/trailer", (_request, reply) => {
        reply.trailer("x-sum", (_reply, _payload, done) => done(null, "1"));
        reply.send("x");
      });
      app.get("/hijack", (_request, reply) => {
        reply.hijack();
        reply.raw.end("raw");
      });
    },
    ["/text", "/json", "/buffer", "/stream", "/web", "/empty", "/moved", "/cookies", "/trailer", "/hijack"].map(
      (target) => ({ target }),
    ),
  ],
  "errors and validation": [
    (app) => {
      const schema = { body: { type: "object", required: ["a"], properties: { a: { type: "number" } } } };
      app.post("/", { schema }, async (request) => request.body);
      app.get("/throw", async () => {
        throw Object.assign(new Error("no"), { statusCode: 409 });
      });
    },
    [
      { method: "POST", target: "/", headers: [json], body: '{"a":1}' },
      { method: "POST", target: "/", headers: [json], body: '{"a":"x"}' },
      { method: "POST", target: "/", headers: [json], body: "{" },
      { method: "POST", target: "/", headers: [json], body: "" },
      { method: "POST", target: "/", headers: [["Content-Type", "application/xml"]], body: "<a/>" },
      { method: "POST", target: "/" },
      { target: "/throw" },
      { target: "/none" },
      { method: "OPTIONS", target: "/" },
    ],
  ],
  "what a request says": [
    (app) => {
      app.get("/users/:id", async (request) => ({
        params: request.params,
        query: request.query,
        url: request.url,
        ip: request.ip,
        host: request.host,
        hostname: request.hostname,
        protocol: request.protocol,
        method: request.method,
      }));
    },
    ["/users/a%20b?c=d&c=e&f=g+h", "/users/a%2Fb", "/users/%E4%BD%A0"].map((target) => ({ target })),
  ],
}).map(([name, [define, steps]]) => ({ name: `fastify 5: ${name}`, app: (kit) => createFastify(kit, define), steps }));

const honoCase = {
  name: "hono: text, JSON, body, stream, errors",
  app: () => {
    const app = new Hono();
    app.get("/text", (c) => c.text("grüße"));
    app.get("/json", (c) => c.json({ query: c.req.query("a") ?? null, all: c.req.queries("b") ?? null }));
    app.post("/echo", async (c) =>
      c.body(await c.req.arrayBuffer(), 201, { "x-type": c.req.header("content-type") ?? "" }),
    );
    app.get(
      "/stream",
      () => new Response(new Blob(["a", "b"]).stream(), { headers: { "content-type": "text/plain" } }),
    );
    app.get("/cookies", (c) => {
      c.header("set-cookie", "a=1", { append: true });
      c.header("set-cookie", "b=2", { append: true });
      return c.body(null, 204);
    });
    app.get("/throw", () => {
      throw new Error("secret");
    });
    app.onError((error, c) => c.text(error.message, 500));
    return toFetchHandler(app)[LISTENER];
  },
  steps: [
    ...["/text", "/json?a=x+y&b=1&b=2", "/stream", "/cookies", "/throw", "/none"].map((target) => ({ target })),
    { method: "POST", target: "/echo", headers: [["Content-Type", "image/png"]], body: Buffer.from([0, 255, 128]) },
    { method: "POST", target: "/echo", body: ["a", "b"] },
    { method: "HEAD", target: "/text" },
  ],
};

export const group = {
  title: "Koa 2 and 3, Fastify, Connect, Polka, Hono",
  cases: [...koaCases, ...fastifyCases, connectCase, polkaCase, honoCase],
};
