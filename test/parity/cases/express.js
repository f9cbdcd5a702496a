import { createRequire } from "node:module";
import { join } from "node:path";
import { staticSteps, withCookies } from "./steps.js";

const require = createRequire(import.meta.url);
const versions = { "express 4": require("express4"), "express 5": require("express") };
const form = ["Content-Type", "application/x-www-form-urlencoded"];
const json = ["Content-Type", "application/json"];

/** Express answers errors with their stack outside of production; stacks name line numbers, and are the same in each run. */
function create(express) {
  const app = express();
  app.set("env", "production");
  return app;
}

const apps = {
  "send: text, JSON, buffer, null, boolean": [
    (express) => {
      const app = create(express);
      app.get("/text", (_req, res) => res.send("grüße"));
      app.get("/json", (_req, res) => res.json({ a: [1, null, "ü"] }));
      app.get("/buffer", (_req, res) => res.send(Buffer.from([0, 255, 1])));
      app.get("/null", (_req, res) => res.send(null));
      app.get("/boolean", (_req, res) => res.send(true));
      app.get("/empty", (_req, res) => res.send(""));
      return app;
    },
    ["/text", "/json", "/buffer", "/null", "/boolean", "/empty"].map((target) => ({ target })),
  ],
  "etag and conditional requests": [
    (express) => {
      const app = create(express);
      app.get("/", (_req, res) => res.send("the same each time"));
      return app;
    },
    [
      { target: "/" },
      (answers) => ({
        target: "/",
        headers: [["If-None-Match", answers[0].headers.find(([name]) => name.toLowerCase() === "etag")?.[1] ?? ""]],
      }),
      { target: "/", headers: [["If-None-Match", "*"]] },
      { target: "/", headers: [["If-None-Match", '"other"']] },
      {
        target: "/",
        headers: [
          ["If-None-Match", "*"],
          ["Cache-Control", "no-cache"],
        ],
      },
    ],
  ],
  "status, sendStatus, redirect, location, links, vary, type": [
    (express) => {
      const app = create(express);
      app.get("/created", (_req, res) => res.status(201).location("/things/1").end());
      app.get("/status/:code", (req, res) => res.sendStatus(Number(req.params.code)));
      app.get("/moved", (_req, res) => res.redirect("/elsewhere?ü=1"));
      app.get("/forever", (_req, res) => res.redirect(301, "https://example.com/a b"));
      app.get("/links", (_req, res) =>
        res.links({ next: "/2", last: "/9" }).vary("Accept").append("Vary", "Origin").type("txt").send("x"),
      );
      return app;
    },
    [
      { target: "/created" },
      ...[200, 204, 205, 304, 404, 500].map((code) => ({ target: `/status/${code}` })),
      { target: "/moved" },
      { target: "/moved", headers: [["Accept", "text/html"]] },
      { method: "HEAD", target: "/moved" },
      { target: "/forever" },
      { target: "/links" },
    ],
  ],
  "cookies: plain, signed, cleared": [
    (express) => {
      const app = create(express);
      app.use(require("cookie-parser")("secret"));
      app.get("/set", (_req, res) =>
        res
          .cookie("plain", "a b;c", { httpOnly: true, sameSite: "lax" })
          .cookie("signed", "value", { signed: true, maxAge: 1000 })
          .cookie("object", { a: 1 })
          .clearCookie("old")
          .send("set"),
      );
      app.get("/get", (req, res) => res.json([req.cookies, req.signedCookies]));
      return app;
    },
    "cookies",
  ],
  "sendFile, download, attachment": [
    (express, { folder }) => {
      const app = create(express);
      app.get("/file", (_req, res) => res.sendFile("hello.txt", { root: folder }));
      app.get("/png", (_req, res) => res.sendFile(join(folder, "pixel.png")));
      app.get("/download", (_req, res) => res.download(join(folder, "grüße.txt")));
      app.get("/renamed", (_req, res) => res.download(join(folder, "hello.txt"), "report ü.txt"));
      app.get("/attachment", (_req, res) => res.attachment("x.pdf").send("pdf"));
      app.get("/missing", (_req, res, next) => res.sendFile(join(folder, "missing"), (error) => next(error)));
      return app;
    },
    [
      ...["/file", "/png", "/download", "/renamed", "/attachment", "/missing"].map((target) => ({ target })),
      { target: "/file", headers: [["Range", "bytes=2-5"]] },
      { method: "HEAD", target: "/file" },
    ],
  ],
  "body parsers": [
    (express) => {
      const app = create(express);
      app.use(express.json({ limit: "1kb" }), express.urlencoded({ extended: true }), express.text(), express.raw());
      app.all("/", (req, res) =>
        res.json({ body: Buffer.isBuffer(req.body) ? req.body.toString("hex") : (req.body ?? "none") }),
      );
      return app;
    },
    [
      { method: "POST", target: "/", headers: [json], body: '{"a":{"b":["ü"]}}' },
      { method: "POST", target: "/", headers: [json], body: '{"a":' },
      { method: "POST", target: "/", headers: [json], body: `{"a":"${"x".repeat(2000)}"}` },
      { method: "POST", target: "/", headers: [json], body: "" },
      { method: "POST", target: "/", headers: [["Content-Type", "application/json; charset=bogus"]], body: "{}" },
      { method: "POST", target: "/", headers: [form], body: "a[b]=1&a[c][]=2&a[c][]=3&d=x+y%20z&e" },
      { method: "POST", target: "/", headers: [["Content-Type", "text/plain"]], body: "grüße" },
      {
        method: "POST",
        target: "/",
        headers: [["Content-Type", "application/octet-stream"]],
        body: Buffer.from([0, 255]),
      },
      { method: "POST", target: "/", headers: [["Content-Type", "application/xml"]], body: "<a/>" },
      { method: "POST", target: "/", headers: [json], body: ['{"a', '":1}'] },
      { method: "POST", target: "/" },
      { target: "/" },
    ],
  ],
  "routing: params, query, encoded paths, trailing slash": [
    (express) => {
      const app = create(express);
      const seen = (req, res) =>
        res.json({
          url: req.url,
          original: req.originalUrl,
          base: req.baseUrl,
          path: req.path,
          params: req.params,
          query: req.query,
        });
      const router = express.Router();
      router.get("/:id/x", seen);
      app.use("/mounted", router);
      app.get("/users/:name", seen);
      app.get("/", seen);
      app.get(/^\/rest\/(.*)$/, seen);
      return app;
    },
    [
      "/",
      "/?a=1&a=2&b[c]=d&e=f+g%2Bh&i",
      "/users/a%20b",
      "/users/%E4%BD%A0",
      "/users/a%2Fb",
      "/users/%zz",
      "/users/x/",
      "/USERS/x",
      "/mounted/7/x?y=z",
      "/rest/a/b%2Fc/d",
      "//users/x",
      "/nothing",
    ].map((target) => ({ target })),
  ],
  "errors: default handler, http-errors, async, in a stream": [
    (express, kit) => {
      const createError = require("http-errors");
      const app = create(express);
      app.get("/throw", () => {
        throw new Error("secret");
      });
      app.get("/next", (_req, _res, next) => next(createError(422, "no good", { headers: { "X-Why": "because" } })));
      app.get("/teapot", (_req, _res, next) => next(createError.ImATeapot()));
      app.get("/status", (_req, _res, next) => next(Object.assign(new Error("gone"), { status: 410, expose: true })));
      app.get("/handled", (_req, _res, next) => next(new Error("handled")));
      app.use((error, _req, res, next) => {
        if (error.message !== "handled") return next(error);
        kit.record("handler ran");
        return res.status(500).json({ handled: true });
      });
      return app;
    },
    ["/throw", "/next", "/teapot", "/status", "/handled", "/none<script>"]
      .map((target) => ({ target }))
      .concat([
        { method: "POST", target: "/none" },
        { method: "HEAD", target: "/none" },
      ]),
  ],
  "what a request says: protocol, ip, hostname, subdomains, xhr, accepts, range": [
    (express) => {
      const app = create(express);
      const seen = (req, res) =>
        res.json({
          protocol: req.protocol,
          secure: req.secure,
          ip: req.ip,
          ips: req.ips,
          hostname: req.hostname,
          subdomains: req.subdomains,
          xhr: req.xhr,
          accepts: req.accepts("html", "json"),
          encodings: req.acceptsEncodings("gzip", "br"),
          languages: req.acceptsLanguages("de", "en"),
          is: req.is("json") ?? null,
          range: req.range(100) ?? null,
          fresh: req.fresh,
          agent: req.get("User-Agent") ?? null,
        });
      app.all("/", seen);
      return app;
    },
    [
      { target: "/" },
      {
        target: "/",
        headers: [
          ["Host", "a.b.example.com:8080"],
          ["X-Requested-With", "XMLHttpRequest"],
          ["Accept", "application/json;q=0.5, text/html"],
        ],
      },
      {
        target: "/",
        headers: [
          ["Accept-Encoding", "br;q=1.0, gzip;q=0.5"],
          ["Accept-Language", "en-GB,en;q=0.8,de;q=0.9"],
          ["Range", "bytes=0-9,20-29"],
        ],
      },
      { method: "POST", target: "/", headers: [json, ["User-Agent", "curl/8"]], body: "{}" },
    ],
  ],
  "trust proxy": [
    (express) => {
      const app = create(express);
      app.set("trust proxy", true);
      app.get("/", (req, res) =>
        res.json({ protocol: req.protocol, secure: req.secure, ip: req.ip, hostname: req.hostname, host: req.host }),
      );
      return app;
    },
    [
      { target: "/" },
      {
        target: "/",
        headers: [
          ["X-Forwarded-For", "203.0.113.7"],
          ["X-Forwarded-Proto", "https"],
          ["X-Forwarded-Host", "example.com"],
        ],
      },
    ],
  ],
  "OPTIONS and 405-like": [
    (express) => {
      const app = create(express);
      app
        .route("/x")
        .get((_req, res) => res.send("x"))
        .post((_req, res) => res.send("y"));
      return app;
    },
    ["OPTIONS", "HEAD", "PUT", "POST"].map((method) => ({ method, target: "/x" })),
  ],
  "res.format and content negotiation": [
    (express) => {
      const app = create(express);
      app.get("/", (_req, res) =>
        res.format({ text: () => res.send("t"), html: () => res.send("<p>h"), json: () => res.send({ j: 1 }) }),
      );
      return app;
    },
    ["text/plain", "text/html", "application/json", "image/png"].map((type) => ({
      target: "/",
      headers: [["Accept", type]],
    })),
  ],
  "static with ranges and conditions": [
    (express, { folder }) => {
      const app = create(express);
      app.use("/s", express.static(folder, { maxAge: "1d", index: "index.html" }));
      return app;
    },
    "static",
  ],
  "jsonp and streaming": [
    (express) => {
      const app = create(express);
      app.get("/jsonp", (_req, res) => res.jsonp({ a: "\u2028" }));
      app.get("/stream", (_req, res) => {
        res.type("text").write("a");
        setImmediate(() => res.end("b"));
      });
      return app;
    },
    [{ target: "/jsonp?callback=f.g" }, { target: "/stream" }],
  ],
};

const named = {
  cookies: [{ target: "/set" }, withCookies({ target: "/get" }), { target: "/get" }],
  static: staticSteps,
};

export const group = {
  title: "Express 4 and 5",
  cases: Object.entries(versions).flatMap(([version, express]) =>
    Object.entries(apps).map(([name, [app, steps]]) => ({
      name: `${version}: ${name}`,
      app: (kit) => app(express, kit),
      steps: typeof steps === "string" ? named[steps] : steps,
    })),
  ),
};
