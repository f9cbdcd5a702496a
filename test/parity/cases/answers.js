import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";

const get = [{ target: "/" }];
const plain = (name, listener, steps = get) => ({ name, app: (kit) => (req, res) => listener(req, res, kit), steps });
const binary = Buffer.from(Array.from({ length: 256 }, (_, index) => index));

const heads = [
  plain("nothing but end()", (_req, res) => res.end()),
  plain("end(text)", (_req, res) => res.end("grüße")),
  plain("end(buffer)", (_req, res) => res.end(binary)),
  plain("write and end: no length", (_req, res) => {
    res.write("a");
    res.end("b");
  }),
  plain("a length the app sets", (_req, res) => {
    res.setHeader("Content-Length", "4");
    res.write("ab");
    res.end("cd");
  }),
  plain("a length of zero for HEAD only", (_req, res) => res.writeHead(200, { "Content-Length": 5 }).end("12345"), [
    { method: "HEAD", target: "/" },
    { target: "/" },
  ]),
  plain("a body for HEAD is dropped", (_req, res) => res.end("body"), [{ method: "HEAD", target: "/" }]),
  plain("HEAD of a stream", (_req, res) => Readable.from(["a", "b"]).pipe(res), [{ method: "HEAD", target: "/" }]),
  ...[
    200, 201, 202, 204, 205, 206, 226, 299, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 410, 413, 418, 422,
    429, 451, 499, 500, 501, 503, 599,
  ].map((status) => plain(`status ${status}`, (_req, res) => res.writeHead(status, { "X-A": "1" }).end())),
  plain("a body for 204 and 304 is dropped", (req, res) => res.writeHead(Number(req.url.slice(1))).end("body"), [
    { target: "/204" },
    { target: "/304" },
  ]),
  plain("a body for 205", (_req, res) => res.writeHead(205).end()),
  plain("a reason phrase", (_req, res) => res.writeHead(200, "Fine Indeed").end("x")),
  plain("statusMessage", (_req, res) => {
    res.statusCode = 404;
    res.statusMessage = "Nowhere";
    res.end();
  }),
  plain("writeHead with an array of pairs", (_req, res) =>
    res
      .writeHead(200, [
        ["X-A", "1"],
        ["X-B", "2"],
      ])
      .end("x"),
  ),
  plain("writeHead with a flat array", (_req, res) =>
    res.writeHead(200, ["X-A", "1", "x-a", "2", "X-B", "3"]).end("x"),
  ),
  plain("writeHead over setHeader", (_req, res) => {
    res.setHeader("X-A", "old");
    res.setHeader("X-B", "kept");
    res.writeHead(200, { "x-a": "new" }).end("x");
  }),
  plain("header names keep their spelling", (_req, res) => {
    res.setHeader("x-lower", "1").setHeader("X-UPPER", "2");
    res.end("x");
  }),
  plain("repeated headers", (_req, res) => {
    res.setHeader("X-Multi", ["one", "two"]);
    res.setHeader("Vary", ["Accept", "Origin"]);
    res.setHeader("Link", ["</a>; rel=next", "</b>; rel=prev"]);
    res.end("x");
  }),
  plain("several cookies", (_req, res) => {
    res.setHeader("Set-Cookie", [
      "sid=1; Path=/; HttpOnly",
      "theme=dark; Expires=Wed, 01 Jul 2026 00:00:00 GMT",
      "c=3",
    ]);
    res.end("x");
  }),
  plain("cookies one by one", (_req, res) => {
    for (let index = 0; index < 12; index++) res.appendHeader("Set-Cookie", `c${index}=${index}`);
    res.end("x");
  }),
  plain("empty header values", (_req, res) => {
    res.setHeader("X-Empty", "");
    res.end("x");
  }),
  plain("numbers as header values", (_req, res) => {
    res.setHeader("X-Number", 5);
    res.end("x");
  }),
  plain("latin1 header values", (_req, res) => {
    res.setHeader("X-Latin", "grüße");
    res.end("x");
  }),
  plain("header names of Object's members", (_req, res) => {
    res.setHeader("constructor", "1").setHeader("toString", "2");
    res.end("x");
  }),
  plain("the app's own Date", (_req, res) => {
    res.setHeader("Date", "Thu, 01 Jan 1970 00:00:00 GMT");
    res.end("x");
  }),
  plain("a removed header", (_req, res) => {
    res.setHeader("X-Gone", "1");
    res.removeHeader("X-Gone");
    res.end("x");
  }),
  plain("a removed Content-Length", (_req, res) => {
    res.setHeader("Content-Length", "1");
    res.removeHeader("content-length");
    res.end("x");
  }),
  plain("an app that asks to close", (_req, res) => {
    res.setHeader("Connection", "close");
    res.end("x");
  }),
  plain("flushHeaders", (_req, res) => {
    res.flushHeaders();
    res.end("x");
  }),
  plain("getHeaders and friends", (_req, res) => {
    res.setHeader("X-A", ["1", "2"]);
    res.setHeader("x-b", 3);
    const seen = [res.getHeaders(), res.getHeaderNames(), res.hasHeader("X-a"), res.getHeader("x-A"), res.headersSent];
    res.end(JSON.stringify(seen));
  }),
  plain("invalid header throws", (_req, res) => {
    const codes = [];
    for (const set of [
      () => res.setHeader("X A", "1"),
      () => res.setHeader("X-A", "a\nb"),
      () => res.setHeader("X-A", "\u4f60"),
      () => res.setHeader("X-A", undefined),
      () => res.writeHead(99),
      () => res.writeHead(1000),
    ]) {
      try {
        set();
        codes.push("fine");
      } catch (error) {
        codes.push(error.code);
      }
    }
    res.end(JSON.stringify(codes));
  }),
  plain("headers after they were sent", (_req, res) => {
    res.write("a");
    try {
      res.setHeader("X-Late", "1");
    } catch (error) {
      res.end(`${error.code} ${res.headersSent}`);
    }
  }),
  plain("write after end", (_req, res, kit) => {
    res.on("error", (error) => kit.record(`error ${error.code}`));
    res.end("x");
    res.write("y", (error) => kit.record(`callback ${error?.code}`));
  }),
  plain("trailers", (_req, res) => {
    res.writeHead(200, { Trailer: "X-Sum" });
    res.write("a");
    res.addTrailers({ "X-Sum": "1" });
    res.end();
  }),
  plain("early hints and processing", (_req, res) => {
    res.writeProcessing();
    res.writeEarlyHints({ link: "</a.css>; rel=preload" }, () => res.end("x"));
  }),
  plain("latin1 and hex and base64 chunks", (_req, res) => {
    res.write("gr\u00fc\u00df", "latin1");
    res.write("00ff", "hex");
    res.write("aGk=", "base64");
    res.end("grüße", "utf16le");
  }),
  plain("UTF-8 split over chunks", (_req, res) => {
    res.setHeader("Content-Type", "text/plain; charset=utf-8");
    res.write(Buffer.from([0x67, 0xc3]));
    res.write(Buffer.from([0xbc, 0xe2, 0x82]));
    res.end(Buffer.from([0xac]));
  }),
  plain("binary under a text type", (_req, res) => {
    res.setHeader("Content-Type", "text/html");
    res.end(binary);
  }),
  plain("latin1 text", (_req, res) => {
    res.setHeader("Content-Type", "text/plain; charset=iso-8859-1");
    res.end(Buffer.from("grüße", "latin1"));
  }),
  plain("byte order mark", (_req, res) => {
    res.setHeader("Content-Type", "application/json");
    res.end("\ufeff{}");
  }),
  plain("lone surrogate", (_req, res) => res.end("a\ud800b")),
  plain("NUL bytes", (_req, res) => {
    res.setHeader("Content-Type", "text/plain");
    res.end("a\u0000b");
  }),
  plain("a reused buffer", (_req, res) => {
    const buffer = Buffer.from("aaaa");
    res.write(buffer, () => {
      buffer.fill("b");
      res.end(buffer);
    });
  }),
];

const streams = [
  plain("a stream of text", (_req, res) => Readable.from(["a", "b", "c"]).pipe(res)),
  plain("a file", (_req, res, kit) => createReadStream(join(kit.folder, "large.bin")).pipe(res)),
  plain("a gzipped file", (_req, res, kit) => {
    res.setHeader("Content-Encoding", "gzip");
    pipeline(createReadStream(join(kit.folder, "large.bin")), createGzip({ level: 1 }), res, () => {});
  }),
  plain("the request's body piped back", (req, res) => req.pipe(res), [
    { method: "POST", target: "/", body: ["abc", "def"] },
    { method: "POST", target: "/", body: Buffer.alloc(300_000, "xyz") },
  ]),
  plain("a file that is not there, before headers", (_req, res, kit) => {
    const file = createReadStream(join(kit.folder, "nothing"));
    file.on("error", (error) => {
      res.statusCode = 404;
      res.end(error.code);
    });
    file.pipe(res);
  }),
  plain("writes that wait for drain", (_req, res) => {
    let left = 40;
    const more = () => {
      while (left > 0) {
        left -= 1;
        if (!res.write("x".repeat(16 * 1024))) {
          res.once("drain", more);
          return;
        }
      }
      res.end();
    };
    more();
  }),
  plain("server-sent events", (req, res, kit) => {
    res.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache", Connection: "keep-alive" });
    req.on("close", () => kit.record("closed"));
    let id = 0;
    const timer = setInterval(() => {
      id += 1;
      res.write(`id: ${id}\ndata: {"n":${id}}\n\n`);
      if (id < 3) return;
      clearInterval(timer);
      res.end();
    }, 2);
  }),
  plain("cork and uncork", (_req, res) => {
    res.cork();
    res.write("a");
    res.write("b");
    res.uncork();
    res.end("c");
  }),
  plain("an async listener", async (_req, res) => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    res.end("later");
  }),
  plain("destroyed before the head", (_req, res) => res.destroy()),
  plain("destroyed after the head", (_req, res) => {
    res.writeHead(200, { "Content-Length": "10" });
    res.write("abc", () => setImmediate(() => res.destroy()));
  }),
  plain("socket destroyed", (req) => req.socket.destroy()),
  plain("socket ended after the answer", (req, res) => {
    res.end("x", () => req.socket.end());
  }),
];

export const group = { title: "Answers of a plain listener", cases: [...heads, ...streams] };
