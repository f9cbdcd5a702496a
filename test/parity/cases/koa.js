import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { LISTENER } from "@tidegate/http";
import { toHandler } from "@tidegate/koa";
import { multipartType, upload } from "./multipart.js";
import { staticSteps, withCookies } from "./steps.js";

const require = createRequire(import.meta.url);
const json = ["Content-Type", "application/json"];
const form = ["Content-Type", "application/x-www-form-urlencoded"];

const versions = { "koa 2": require("koa2"), "koa 3": require("koa") };

function create(Koa) {
  const app = new (Koa.default ?? Koa)();
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
          "/file": () => createReadStream(join(folder, "large.bin")).pipe(new PassThrough()),
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
        const events = new PassThrough();
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

export const group = {
  title: "Koa 2 and 3",
  cases: Object.entries(versions).flatMap(([version, Koa]) =>
    Object.entries(koaApps).map(([name, [use, steps]]) => ({
      name: `${version}: ${name}`,
      app: (kit) => {
        const app = create(Koa);
        use(app, kit);
        return toHandler(app)[LISTENER];
      },
      steps,
    })),
  ),
};
