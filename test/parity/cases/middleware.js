import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { staticSteps, withCookies } from "./express.js";

const require = createRequire(import.meta.url);
const express = require("express");
const bodyParser = require("body-parser");
const json = ["Content-Type", "application/json"];
const form = ["Content-Type", "application/x-www-form-urlencoded"];

function create(...middleware) {
  const app = express();
  app.set("env", "production");
  for (const item of middleware) app.use(item);
  return app;
}

const sendBody = (req, res) =>
  res.json({ body: Buffer.isBuffer(req.body) ? req.body.toString("hex") : (req.body ?? "none") });
const post = (headers, body, target = "/") => ({ method: "POST", target, headers, body });

const BOUNDARY = "----parity";
const binary = Buffer.from(Array.from({ length: 256 }, (_, index) => index));

/** A multipart body of fields and files. */
export function multipart(parts) {
  const pieces = parts.flatMap(({ name, filename, type, data }) => [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? "" : `; filename="${filename}"`}\r\n`,
    type === undefined ? "\r\n" : `Content-Type: ${type}\r\n\r\n`,
    data,
    "\r\n",
  ]);
  return Buffer.concat([...pieces, `--${BOUNDARY}--\r\n`].map((piece) => Buffer.from(piece)));
}

export const multipartType = ["Content-Type", `multipart/form-data; boundary=${BOUNDARY}`];
export const upload = multipart([
  { name: "title", data: "grüße" },
  { name: "file", filename: "a.bin", type: "application/octet-stream", data: binary },
  { name: "file", filename: "b.txt", type: "text/plain", data: "text\r\n--not a boundary" },
  { name: "title", data: "" },
]);

const compressible = "hello compression ".repeat(200);
const accept = (value) => ({ target: "/", headers: [["Accept-Encoding", value]] });

const bodies = [
  {
    name: "body-parser: inflates, verifies, limits",
    app: (kit) =>
      create(
        bodyParser.json({ limit: "10kb", verify: (_req, _res, bytes) => kit.record(`verified ${bytes.length}`) }),
        bodyParser.urlencoded({ extended: false, parameterLimit: 3 }),
        bodyParser.text({ type: "text/*", defaultCharset: "latin1" }),
        bodyParser.raw({ type: "image/*" }),
      ).use(sendBody),
    steps: [
      post([json, ["Content-Encoding", "gzip"]], gzipSync('{"zip":"gzip"}')),
      post([json, ["Content-Encoding", "deflate"]], deflateSync('{"zip":"deflate"}')),
      post([json, ["Content-Encoding", "br"]], brotliCompressSync('{"zip":"br"}')),
      post([json, ["Content-Encoding", "bogus"]], "{}"),
      post([json, ["Content-Encoding", "gzip"]], "not zipped"),
      post([json], JSON.stringify("x".repeat(20_000))),
      post([form], "a=1&b=2"),
      post([form], "a=1&b=2&c=3&d=4"),
      post([["Content-Type", "text/html; charset=utf-8"]], "<p>ü"),
      post([["Content-Type", "text/plain"]], Buffer.from("ü", "latin1")),
      post([["Content-Type", "image/png"]], binary),
      post([["Content-Type", "application/json; charset=utf-16"]], Buffer.from('\ufeff{"wide":1}', "utf16le")),
    ],
  },
  {
    name: "multer: memory",
    app: () => {
      const multer = require("multer");
      return create().post("/", multer({ storage: multer.memoryStorage() }).array("file"), (req, res) =>
        res.json({
          fields: req.body,
          files: req.files.map(({ buffer, ...file }) => ({ ...file, hex: buffer.toString("hex") })),
        }),
      );
    },
    steps: [post([multipartType], upload), post([multipartType], [upload.subarray(0, 100), upload.subarray(100)])],
  },
  {
    name: "multer: disk",
    app: (kit) => {
      const multer = require("multer");
      const storage = multer.diskStorage({
        destination: join(kit.folder, "uploads"),
        filename: (_req, file, done) => done(null, file.originalname),
      });
      require("node:fs").mkdirSync(join(kit.folder, "uploads"), { recursive: true });
      return create().post("/", multer({ storage }).any(), (req, res) =>
        res.json(
          req.files.map((file) => [file.filename, file.size, require("node:fs").readFileSync(file.path, "hex")]),
        ),
      );
    },
    steps: [post([multipartType], upload)],
  },
  {
    name: "multer: limits and errors",
    app: () => {
      const multer = require("multer");
      const app = create().post("/", multer({ limits: { fileSize: 10 } }).single("file"), (_req, res) =>
        res.send("fine"),
      );
      return app.use((error, _req, res, _next) => res.status(400).json({ code: error.code, message: error.message }));
    },
    steps: [
      post([multipartType], upload),
      post([multipartType], upload.subarray(0, 200)),
      post([["Content-Type", "multipart/form-data"]], upload),
    ],
  },
  {
    name: "busboy",
    app: () => (req, res) => {
      const busboy = require("busboy")({ headers: req.headers });
      const seen = [];
      busboy.on("field", (name, value) => seen.push([name, value]));
      busboy.on("file", (name, stream, info) => {
        const chunks = [];
        stream.on("data", (chunk) => chunks.push(chunk));
        stream.on("end", () => seen.push([name, info, Buffer.concat(chunks).toString("hex")]));
      });
      busboy.on("close", () => res.end(JSON.stringify(seen)));
      req.pipe(busboy);
    },
    steps: [post([multipartType], upload)],
  },
  {
    name: "formidable",
    app: () => async (req, res) => {
      const { default: formidable } = await import("formidable");
      const [fields, files] = await formidable({ hashAlgorithm: "sha1" }).parse(req);
      const list = Object.values(files)
        .flat()
        .map(({ size, originalFilename, mimetype, hash }) => ({ size, originalFilename, mimetype, hash }));
      // In the order in which the files were written, which differs from run to run.
      list.sort((a, b) => a.size - b.size);
      res.end(JSON.stringify({ fields, list }));
    },
    steps: [post([multipartType], upload), post([form], "a=1&b=2")],
  },
];

const answers = [
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
      app.get("/no-transform", (_req, res) => res.set("Cache-Control", "no-transform").type("text").send(compressible));
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
      create().use("/s", require("serve-static")(folder, { fallthrough: false, redirect: false, extensions: ["txt"] })),
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
      return create(createProxyMiddleware({ target, pathFilter: "/api" })).get("/own", (_req, res) => res.send("own"));
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
];

const login = (body) => ({ method: "POST", target: "/login", headers: [form], body });

const sessions = [
  {
    name: "cookie-session",
    app: () =>
      create(require("cookie-session")({ name: "s", keys: ["k1", "k2"], maxAge: 60_000 })).use((req, res) => {
        if (req.url === "/out") req.session = null;
        else req.session.views = (req.session.views ?? 0) + 1;
        res.json(req.session);
      }),
    steps: [
      { target: "/" },
      withCookies({ target: "/" }),
      withCookies({ target: "/" }),
      withCookies({ target: "/out" }),
      { target: "/", headers: [["Cookie", "s=forged; s.sig=forged"]] },
    ],
  },
  {
    name: "express-session",
    app: () =>
      create(
        require("express-session")({
          secret: "k",
          resave: false,
          saveUninitialized: false,
          cookie: { maxAge: 60_000 },
        }),
      ).use((req, res, next) => {
        if (req.url === "/out") return req.session.destroy(() => res.send("bye"));
        if (req.url === "/new") return req.session.regenerate((error) => (error ? next(error) : res.send("new")));
        if (req.url !== "/look") req.session.views = (req.session.views ?? 0) + 1;
        return res.json({ views: req.session.views ?? null, id: req.sessionID });
      }),
    steps: [
      { target: "/look" },
      { target: "/" },
      withCookies({ target: "/" }),
      withCookies({ target: "/look" }),
      withCookies({ target: "/new" }),
      withCookies({ target: "/out" }),
      withCookies({ target: "/look" }),
    ],
  },
  {
    name: "express-session with other cookies beside",
    app: () =>
      create(
        require("cookie-parser")("k"),
        require("express-session")({ secret: "k", resave: true, saveUninitialized: true }),
      ).use((req, res) =>
        res.cookie("a", "1").cookie("b", "2", { signed: true }).json([req.cookies, req.signedCookies]),
      ),
    steps: [{ target: "/" }, withCookies({ target: "/" })],
  },
  {
    name: "passport-local: login, profile, logout",
    app: () => {
      const { Passport } = require("passport");
      const { Strategy } = require("passport-local");
      const passport = new Passport();
      passport.use(
        new Strategy((user, password, done) =>
          done(null, password === "right" ? { user } : false, { message: "wrong" }),
        ),
      );
      passport.serializeUser((user, done) => done(null, user.user));
      passport.deserializeUser((user, done) => done(null, { user }));
      const app = create(
        bodyParser.urlencoded({ extended: false }),
        require("express-session")({ secret: "k", resave: false, saveUninitialized: false }),
        passport.initialize(),
        passport.session(),
      );
      app.post("/login", passport.authenticate("local", { failureRedirect: "/failed", successRedirect: "/me" }));
      app.post("/api/login", passport.authenticate("local"), (req, res) => res.json(req.user));
      app.get("/me", (req, res) => (req.isAuthenticated() ? res.json(req.user) : res.sendStatus(401)));
      app.post("/logout", (req, res, next) => req.logout((error) => (error ? next(error) : res.redirect("/"))));
      return app;
    },
    steps: [
      { target: "/me" },
      login("username=ann&password=wrong"),
      { ...login("username=ann&password=wrong"), target: "/api/login" },
      login("username=ann&password=right"),
      withCookies({ target: "/me" }),
      withCookies({ method: "POST", target: "/logout" }),
      withCookies({ target: "/me" }),
    ],
  },
  {
    name: "csrf-csrf: token, post, refused",
    app: () => {
      const { doubleCsrf } = require("csrf-csrf");
      const { doubleCsrfProtection, generateCsrfToken } = doubleCsrf({
        getSecret: () => "secret",
        getSessionIdentifier: () => "one",
        cookieName: "csrf",
        cookieOptions: { secure: false },
      });
      const app = create(require("cookie-parser")(), doubleCsrfProtection);
      app.get("/token", (req, res) => res.send(generateCsrfToken(req, res)));
      app.post("/", (_req, res) => res.send("done"));
      return app.use((error, _req, res, _next) => res.status(error.statusCode ?? 500).send(error.code));
    },
    steps: [
      { target: "/token" },
      { method: "POST", target: "/" },
      withCookies({ method: "POST", target: "/" }),
      withCookies((answers) => ({
        method: "POST",
        target: "/",
        headers: [["X-CSRF-Token", answers[0].body.toString()]],
      })),
    ],
  },
];

export const group = { title: "Middleware", cases: [...bodies, ...answers, ...sessions] };
