import { once } from "node:events";
import { getInvocation, toHandler } from "../../index.ts";

const MEGABYTE = 1024 * 1024;

/** Apps by path, run inside AWS's runtime client. */
const apps = {
  "/events": async (_req, res) => {
    // The bytes are compared with those of a document.
    res.sendDate = false;
    res.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "set-cookie": "sid=def456; Path=/",
    });
    res.write("data: 1\n\n");
    await once(process, "message");
    res.end("data: 2\n\n");
  },
  "/flushed": async (_req, res) => {
    res.writeHead(202);
    res.flushHeaders();
    await once(process, "message");
    res.end();
  },
  "/empty": (_req, res) => res.writeHead(204, { "x-kept": "yes" }).end(),
  "/not-modified": (_req, res) => res.writeHead(304, { etag: '"1"' }).end(),
  "/end-only": (_req, res) => res.writeHead(201, { "content-type": "text/plain" }).end("whole"),
  "/cookies": (_req, res) => res.writeHead(200, { "set-cookie": ["a=1", "b=2"], "x-many": ["1", "2"] }).end(),
  "/upload": (req, res) => req.pipe(res),
  "/throws": () => {
    throw new TypeError("cannot read sku");
  },
  "/throws-midway": async (_req, res) => {
    res.write("half");
    throw new TypeError("cannot read sku");
  },
  "/destroys": (_req, res) => res.destroy(),
  "/large-head": (_req, res) => res.writeHead(200, { "x-large": "a".repeat(17_000) }).end("body"),
  "/tide": async (_req, res) => {
    const chunk = Buffer.alloc(MEGABYTE, "t");
    let isHeldBack = false;
    for (let i = 0; i < 24; i++) {
      if (res.write(chunk)) continue;
      if (!isHeldBack) process.send({ heldBackAfter: i + 1 });
      isHeldBack = true;
      await once(res, "drain");
    }
    res.end();
  },
  "/who": (_req, res) => {
    const { source, requestId, deadlineMs } = getInvocation();
    res.end(JSON.stringify({ source, requestId, deadlineMs }));
  },
};

export const handler = toHandler((req, res) => apps[req.url.split("?")[0]](req, res), { streaming: true });
