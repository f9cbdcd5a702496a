import { createServer } from "node:http";
import { createRequire } from "node:module";
import { create } from "./create.js";
import { staticSteps } from "./steps.js";

const require = createRequire(import.meta.url);
const json = ["Content-Type", "application/json"];

const compressible = "hello compression ".repeat(200);
const accept = (value) => ({ target: "/", headers: [["Accept-Encoding", value]] });

export const group = {
  title: "Middleware",
  cases: [
    {
      name: "compression: gzip, br, deflate, none, threshold",
      app: () => {
        const app = create(require("compression")());
        app.get("/", (_req, res) => res.type("text").send(compressible));
        app.get("/small", (_req, res) => res.send("small"));
        app.get("/png", (_req, res) => res.type("png").send(Buffer.alloc(4000, 1)));
        app.get("/stream", (_req, res) => {
          res.type("text").write(compressible);
          res.flush();
          res.end(compressible);
        });
        app.get("/no-transform", (_req, res) =>
          res.set("Cache-Control", "no-transform").type("text").send(compressible),
        );
        return app;
      },
      steps: [
        ...["gzip", "br", "deflate", "identity", "gzip, br;q=0.1", "*"].map(accept),
        { target: "/" },
        ...["/small", "/png", "/stream", "/no-transform"].map((target) => ({
          target,
          headers: [["Accept-Encoding", "gzip"]],
        })),
        { method: "HEAD", target: "/", headers: [["Accept-Encoding", "gzip"]] },
      ],
    },
    {
      name: "serve-static: ranges and conditions",
      app: ({ folder }) =>
        create().use(
          "/s",
          require("serve-static")(folder, { dotfiles: "deny", cacheControl: true, immutable: true, maxAge: 1000 }),
        ),
      steps: staticSteps,
    },
    {
      name: "serve-static: fallthrough off, redirect off, extensions",
      app: ({ folder }) =>
        create().use(
          "/s",
          require("serve-static")(folder, { fallthrough: false, redirect: false, extensions: ["txt"] }),
        ),
      steps: [...staticSteps.slice(0, 13), { target: "/s/hello" }],
    },
    {
      name: "serve-static: a large file and its ranges",
      app: ({ folder }) => create().use(require("serve-static")(folder)),
      steps: [
        { target: "/large.bin", headers: [["Range", "bytes=500000-600000"]] },
        { target: "/large.bin", headers: [["Range", "bytes=-700000"]] },
        { method: "HEAD", target: "/large.bin" },
      ],
    },
    {
      name: "helmet",
      app: () => create(require("helmet")()).get("/", (_req, res) => res.send("x")),
      steps: [{ target: "/" }, { target: "/none" }],
    },
    {
      name: "cors: simple, preflight, refused",
      app: () => {
        const options = {
          origin: ["https://a.example", /\.b\.example$/],
          credentials: true,
          exposedHeaders: ["X-A", "X-B"],
          maxAge: 600,
        };
        return create(require("cors")(options)).all("/", (_req, res) => res.send("x"));
      },
      steps: ["https://a.example", "https://x.b.example", "https://evil.example"].flatMap((origin) => [
        { target: "/", headers: [["Origin", origin]] },
        {
          method: "OPTIONS",
          target: "/",
          headers: [
            ["Origin", origin],
            ["Access-Control-Request-Method", "PUT"],
            ["Access-Control-Request-Headers", "x-a, x-b"],
          ],
        },
      ]),
    },
    {
      name: "response-time",
      app: () => create(require("response-time")()).get("/", (_req, res) => res.send("x")),
      steps: [{ target: "/" }],
    },
    {
      name: "morgan: log lines",
      app: (kit) => {
        const morgan = require("morgan");
        const stream = { write: (line) => kit.record(line.trimEnd()) };
        const format =
          ":remote-addr :remote-user :method :url :http-version :status :res[content-length] :referrer :user-agent :response-time :total-time :req[x-a] :date[iso]";
        return create(
          morgan(format, { stream }),
          morgan("combined", { stream }),
          morgan("dev", { stream, immediate: true }),
        )
          .get("/", (_req, res) => res.send("hello"))
          .get("/slow", (_req, res) => setTimeout(() => res.end(), 3))
          .get("/stream", (_req, res) => {
            res.write("a");
            res.end("b");
          });
      },
      steps: [
        {
          target: "/?a=b",
          headers: [
            ["User-Agent", "curl/8"],
            ["Referer", "/x"],
            ["X-A", "a"],
            ["Authorization", "Basic dXNlcjpwYXNz"],
          ],
        },
        { target: "/slow" },
        { target: "/stream" },
        { target: "/none" },
        { method: "HEAD", target: "/" },
      ],
    },
    {
      name: "http-errors in a plain listener with finalhandler's output",
      app: () => create().use((req, _res, next) => next(require("http-errors")(Number(req.url.slice(1))))),
      steps: [400, 401, 403, 404, 409, 413, 415, 429, 500, 503].map((status) => ({ target: `/${status}` })),
    },
    {
      name: "method-override",
      app: () =>
        create(require("method-override")("X-HTTP-Method-Override"), require("method-override")("_method")).use(
          (req, res) => res.json([req.method, req.originalMethod]),
        ),
      steps: [
        { method: "POST", target: "/", headers: [["X-HTTP-Method-Override", "DELETE"]] },
        { method: "POST", target: "/?_method=PUT" },
        { target: "/?_method=PUT" },
      ],
    },
    {
      name: "connect-timeout",
      app: () => {
        const app = create(require("connect-timeout")(10));
        app.get("/fast", (_req, res) => res.send("fast"));
        app.get("/slow", () => {});
        return app.use((error, req, res, _next) =>
          res.status(error.status).json({ code: error.code, timedout: req.timedout }),
        );
      },
      steps: [{ target: "/fast" }, { target: "/slow" }],
    },
    {
      name: "express-rate-limit by address",
      app: () => {
        const { rateLimit } = require("express-rate-limit");
        return create(rateLimit({ windowMs: 60_000, limit: 2, standardHeaders: "draft-8", legacyHeaders: true })).get(
          "/",
          (req, res) => res.send(req.ip),
        );
      },
      steps: [{ target: "/" }, { target: "/" }, { target: "/" }],
    },
    {
      name: "http-proxy-middleware to an upstream",
      app: async (kit) => {
        const upstream = createServer((req, res) => {
          const chunks = [];
          req.on("data", (chunk) => chunks.push(chunk));
          req.on("end", () => {
            res.writeHead(req.url === "/api/204" ? 204 : 201, { "X-Up": "1", "Set-Cookie": ["a=1", "b=2"] });
            res.end(`${req.method} ${req.url} ${Buffer.concat(chunks)} ${req.headers["x-forwarded-for"] ?? ""}`);
          });
        });
        await new Promise((resolve) => upstream.listen(0, "127.0.0.1", resolve));
        kit.defer(() => {
          upstream.closeAllConnections();
          return new Promise((resolve) => upstream.close(resolve));
        });
        const { createProxyMiddleware } = require("http-proxy-middleware");
        const target = `http://127.0.0.1:${upstream.address().port}`;
        return create(createProxyMiddleware({ target, pathFilter: "/api" })).get("/own", (_req, res) =>
          res.send("own"),
        );
      },
      steps: [
        { target: "/api/x?y=z" },
        { method: "POST", target: "/api/x", headers: [json], body: '{"a":1}' },
        { method: "POST", target: "/api/x", headers: [json], body: ['{"a"', ":2}"] },
        { target: "/api/204" },
        { method: "HEAD", target: "/api/x" },
        { target: "/own" },
      ],
    },
  ],
};
