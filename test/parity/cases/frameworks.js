import { createServer } from "node:http";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { toHandler as toFetchHandler } from "@tidegate/fetch";
import { LISTENER } from "@tidegate/http";
import connect from "connect";
import fastify from "fastify";
import { Hono } from "hono";

const require = createRequire(import.meta.url);
const json = ["Content-Type", "application/json"];

const connectCase = {
  name: "connect: mounts, errors, 404",
  app: () => {
    const app = connect();
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
      return createServer(handler);
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
  title: "Fastify, Connect, Polka, Hono",
  cases: [...fastifyCases, connectCase, polkaCase, honoCase],
};
