import { once } from "node:events";
import { createReadStream } from "node:fs";
import { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { Duplex, finished, PassThrough, pipeline, Readable, Stream, Transform, Writable } from "node:stream";
import { pipeline as pipelinePromise } from "node:stream/promises";
import { createGunzip, createGzip, gzipSync } from "node:zlib";

const get = { target: "/" };
const post = { method: "POST", target: "/", headers: [["Content-Type", "text/plain"]], body: "hello body" };

/** Runs pieces of code that may throw, and tells each outcome. */
function outcomes(pieces) {
  return pieces.map((piece) => {
    try {
      const value = piece();
      return value === undefined || typeof value === "object" ? "fine" : value;
    } catch (error) {
      return error.code ?? error.name;
    }
  });
}

const upper = () =>
  new Transform({
    transform(chunk, _encoding, done) {
      done(null, chunk.toString().toUpperCase());
    },
  });

const cases = {
  "end twice": [
    (_req, res, kit) => {
      res.on("error", (error) => kit.record(`error ${error.code}`));
      res.end("x");
      res.end("y", (error) => kit.record(`second end ${error?.code}`));
    },
    get,
  ],
  "end with a callback only": [(_req, res, kit) => res.end(() => kit.record("ended")), get],
  "chunks of wrong types": [
    (_req, res) => {
      const seen = outcomes([() => res.write(5), () => res.write(null), () => res.write({}), () => res.end(5)]);
      res.end(JSON.stringify(seen));
    },
    get,
  ],
  "empty chunks": [
    (_req, res) => {
      res.write("");
      res.write(Buffer.alloc(0));
      res.write("a");
      res.end("");
    },
    get,
  ],
  "Uint8Array and subarray chunks": [
    (_req, res) => {
      const bytes = new Uint8Array([1, 2, 3, 4, 5]);
      res.write(bytes.subarray(1, 3));
      res.end(new Uint8Array(bytes.buffer, 3, 2));
    },
    get,
  ],
  "setHeaders and appendHeader": [
    (_req, res) => {
      res.setHeaders(new Headers({ "X-A": "1", "Set-Cookie": "a=1" }));
      res.setHeaders(new Map([["X-B", "2"]]));
      res.appendHeader("X-B", "3").appendHeader("Set-Cookie", ["b=2", "c=3"]);
      res.end("x");
    },
    get,
  ],
  "status codes of odd types": [
    (_req, res) => {
      const seen = outcomes([() => res.writeHead("abc"), () => res.writeHead(0), () => res.writeHead(null)]);
      res.statusCode = "201";
      res.end(JSON.stringify(seen));
    },
    get,
  ],
  "writeHead twice": [
    (_req, res) => {
      res.writeHead(200, { "X-A": "1" });
      const seen = outcomes([() => res.writeHead(201), () => res.setHeader("X-B", "2")]);
      res.end(JSON.stringify(seen));
    },
    get,
  ],
  "writeHead is chained and patched": [
    (_req, res) => {
      const { writeHead } = res;
      res.writeHead = function patched(...values) {
        this.setHeader("X-Patched", "1");
        return writeHead.apply(this, values);
      };
      res.end("x");
    },
    get,
  ],
  "write and end are patched": [
    (_req, res) => {
      const { write, end } = res;
      const pieces = [];
      res.write = function patchedWrite(chunk, ...rest) {
        pieces.push(String(chunk).length);
        return write.call(this, chunk, ...rest);
      };
      res.end = function patchedEnd(chunk, ...rest) {
        this.setHeader("X-Pieces", pieces.join());
        return end.call(this, chunk, ...rest);
      };
      res.setHeader("Content-Length", "3");
      res.end("abc");
    },
    get,
  ],
  "a length that is too short": [
    (_req, res, kit) => {
      res.strictContentLength = true;
      res.setHeader("Content-Length", "2");
      kit.record(outcomes([() => res.end("abc")]).join());
      res.destroy();
    },
    get,
  ],
  "destroyed between writeHead and the first byte": [
    (_req, res) => {
      res.writeHead(200, { "X-A": "1" });
      res.destroy();
    },
    get,
  ],
  "chunked asked for": [
    (_req, res) => {
      res.setHeader("Transfer-Encoding", "chunked");
      res.end("abc");
    },
    get,
  ],
  "no Date": [
    (_req, res) => {
      res.sendDate = false;
      res.end("x");
    },
    get,
  ],
  classes: [
    (req, res) => {
      const seen = [
        req instanceof IncomingMessage,
        req instanceof Readable,
        res instanceof ServerResponse,
        res instanceof Stream,
        req.socket instanceof Duplex,
        req.socket === res.socket,
        req.client === req.socket,
        res.req === req,
        res.connection === req.socket,
      ];
      res.end(JSON.stringify(seen));
    },
    get,
  ],
  "members of the request": [
    (req, res) => {
      const { statusCode, statusMessage, upgrade, readable, destroyed, readableFlowing, complete, aborted } = req;
      res.end(
        JSON.stringify({ statusCode, statusMessage, upgrade, readable, destroyed, readableFlowing, complete, aborted }),
      );
    },
    post,
  ],
  "members of the response": [
    (_req, res) => {
      const { writable, writableEnded, writableFinished, writableLength, writableHighWaterMark, writableObjectMode } =
        res;
      const {
        statusCode,
        statusMessage,
        headersSent,
        sendDate,
        finished: isFinished,
        destroyed,
        closed,
        errored,
      } = res;
      const { writableCorked, writableNeedDrain, strictContentLength, chunkedEncoding, shouldKeepAlive } = res;
      res.setHeader("Content-Type", "application/json");
      res.end(
        JSON.stringify([
          [writable, writableEnded, writableFinished, writableLength, writableHighWaterMark, writableObjectMode],
          [statusCode, statusMessage, headersSent, sendDate, isFinished, destroyed, closed, errored],
          [writableCorked, writableNeedDrain, strictContentLength, chunkedEncoding, shouldKeepAlive],
        ]),
      );
    },
    get,
  ],
  "members of the socket": [
    (req, res) => {
      const { socket } = req;
      const { remoteAddress, remoteFamily, destroyed, readable, writable, readyState, connecting, pending, encrypted } =
        socket;
      const calls = outcomes([
        () => socket.setTimeout(1000),
        () => socket.setNoDelay(true),
        () => socket.setKeepAlive(true, 1000),
        () => socket.ref(),
        () => socket.unref(),
        () => typeof socket.address().address,
        () => typeof socket.remotePort,
        () => typeof socket.localPort,
        () => typeof socket.localAddress,
        () => typeof socket.bytesRead,
        () => typeof socket.bytesWritten,
        () => typeof socket.getPeerCertificate,
      ]);
      socket.setTimeout(0);
      res.end(
        JSON.stringify([
          { remoteAddress, remoteFamily, destroyed, readable, writable, readyState, connecting, pending, encrypted },
          calls,
        ]),
      );
    },
    get,
  ],
  "properties an app puts on request and response": [
    (req, res) => {
      req.user = { id: 1 };
      res.locals = { a: 1 };
      Object.setPrototypeOf(req, Object.create(Object.getPrototypeOf(req), { extra: { get: () => "extra" } }));
      Object.setPrototypeOf(res, Object.create(Object.getPrototypeOf(res), { more: { get: () => "more" } }));
      res.setHeader("X-A", "1");
      res.end(JSON.stringify([req.user, res.locals, req.extra, res.more, req.url]));
    },
    get,
  ],
  "url and method the app changes": [
    (req, res) => {
      req.url = "/changed";
      req.method = "PATCH";
      req.headers["x-added"] = "1";
      res.end(JSON.stringify([req.url, req.method, req.headers["x-added"]]));
    },
    get,
  ],
  "pipeline through a transform": [
    (req, res, kit) => pipeline(req, upper(), res, (error) => kit.record(`done ${error}`)),
    post,
  ],
  "pipeline of promises": [
    async (req, res, kit) => {
      await pipelinePromise(req, upper(), res);
      kit.record("done");
    },
    post,
  ],
  "pipeline that fails before the head": [
    (req, res, kit) => {
      const failing = new Transform({ transform: (_chunk, _encoding, done) => done(new Error("bad")) });
      pipeline(req, failing, (error) => {
        kit.record(`failed ${error.message}`);
        res.statusCode = 400;
        res.end("bad");
      });
    },
    post,
  ],
  "gunzip of the request, gzip of the answer": [
    (req, res, kit) => {
      res.setHeader("Content-Encoding", "gzip");
      const zipped = pipeline(req, createGunzip(), createGzip(), (error) => {
        if (error === undefined) return;
        kit.record(error.code);
        res.destroy();
      });
      zipped.pipe(res);
    },
    { ...post, headers: [["Content-Encoding", "gzip"]], body: gzipSync("zipped ".repeat(1000)) },
  ],
  "finished() of request and response": [
    (req, res, kit) => {
      finished(req, (error) => kit.record(`req ${error?.code}`));
      finished(res, (error) => kit.record(`res ${error?.code}`));
      req.resume();
      req.on("end", () => res.end("x"));
    },
    post,
  ],
  "finished() of a response that is destroyed": [
    (req, res, kit) => {
      finished(res, (error) => kit.record(`res ${error?.code}`));
      req.on("error", (error) => kit.record(`req error ${error.code}`));
      res.destroy();
    },
    get,
  ],
  "once() and async iteration": [
    async (req, res, kit) => {
      const closed = once(res, "close").then(() => kit.record("close seen"));
      let text = "";
      for await (const chunk of req.setEncoding("utf8")) text += chunk;
      res.end(text);
      await once(res, "finish");
      kit.record("finish seen");
      await closed;
    },
    post,
  ],
  "iteration left early": [
    async (req, res, kit) => {
      for await (const chunk of req.iterator({ destroyOnReturn: false })) {
        kit.record(`got ${chunk.length}`);
        break;
      }
      res.end("x");
    },
    post,
  ],
  "web streams of request and response": [
    async (req, res) => {
      await Readable.toWeb(req).pipeTo(Writable.toWeb(res));
    },
    post,
  ],
  "body helpers": [
    async (req, res) => {
      const { json } = await import("node:stream/consumers");
      res.end(JSON.stringify([await json(req)]));
    },
    { ...post, body: '{"a":1}' },
  ],
  "unpipe and pipe again": [
    (req, res) => {
      const first = new PassThrough();
      req.pipe(first);
      req.unpipe(first);
      req.pipe(res);
    },
    post,
  ],
  unshift: [
    (req, res) => {
      req.once("readable", () => {
        const chunk = req.read();
        if (chunk !== null) req.unshift(chunk);
        req.pipe(res);
      });
    },
    post,
  ],
  "a readable's highWaterMark": [(req, res) => res.end(String(req.readableHighWaterMark)), get],
  "an answer ahead of a large body": [
    (_req, res) => res.writeHead(413).end("too large"),
    { ...post, body: Buffer.alloc(200_000, "x") },
  ],
  "two files one after the other": [
    (_req, res, { folder }) => {
      const first = createReadStream(join(folder, "hello.txt"));
      first.pipe(res, { end: false });
      first.on("end", () => createReadStream(join(folder, "pixel.png")).pipe(res));
    },
    get,
  ],
  "backpressure's return values": [
    (_req, res, kit) => {
      kit.record(`small ${res.write("x")}`);
      res.end("y");
    },
    get,
  ],
  "listener counts": [
    (req, res) => {
      const names = ["close", "finish", "drain", "error", "end", "data"];
      res.end(
        JSON.stringify([
          names.map((name) => res.listenerCount(name) > 0),
          names.map((name) => req.listenerCount(name)),
        ]),
      );
    },
    get,
  ],
  "error listeners": [
    (req, res, kit) => {
      res.on("error", (error) => kit.record(`res ${error.code}`));
      req.on("error", (error) => kit.record(`req ${error.code}`));
      res.end("x");
      setImmediate(() => res.write("late"));
    },
    get,
  ],
  "close is told once": [
    (req, res, kit) => {
      res.on("close", () => {
        kit.record("close");
        res.destroy();
      });
      req.on("close", () => kit.record("req close"));
      req.resume();
      res.end("x");
    },
    get,
  ],
};

export const group = {
  title: "Node's own classes",
  cases: Object.entries(cases).map(([name, [listener, request]]) => ({
    name: `edge: ${name}`,
    app: (kit) => (req, res) => listener(req, res, kit),
    steps: [request],
  })),
};
