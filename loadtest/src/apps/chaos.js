import { createHash } from "node:crypto";
import { mkdirSync, openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { crc32 } from "node:zlib";

// What the chaos run serves. A request says in its query what is to happen to it; the app writes down, in a journal that
// a SIGKILL does not undo, what it began, answered and finished, and can kill itself at any moment of a request.
const dir = process.env.CHAOS_DIR ?? ".";
/** Opened when there is something to note: where it is forked at its load, all instances would have one process's journal. */
let journal;

/** @param {string} what @param {string} id @param {string} [detail] */
function note(what, id, detail = "") {
  journal ??= openSync(join(dir, "journal", `${process.pid}.log`), "a");
  writeSync(journal, `${Date.now()} ${what} ${id} ${detail}\n`);
}

/** The body that belongs to an id: no part of it can be taken for a part of another. */
function patternOf(id, bytes) {
  return Buffer.alloc(bytes, `${id}|`);
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Ends this process if the request wants that now: once for each name, or each time it gets here. */
function dieIfAsked(at, id, query) {
  if (query.get("die") !== at) return;
  if (query.get("every") === null) {
    try {
      mkdirSync(join(dir, "died", id));
    } catch {
      return; // it killed an instance before: this is its second try
    }
  }
  note("k", id, at);
  if (query.get("how") === "exit") process.exit(1);
  if (query.get("how") === "throw") {
    setImmediate(() => {
      throw new Error(`asked to die by ${id}`);
    });
    return;
  }
  process.kill(process.pid, "SIGKILL");
}

async function readBody(req, id, query) {
  let bytes = 0;
  let sum = 0;
  for await (const chunk of req) {
    bytes += chunk.length;
    sum = crc32(chunk, sum);
    dieIfAsked("upload", id, query);
  }
  return `${bytes}:${sum}`;
}

async function answer(req, res, id, query) {
  const number = (name, otherwise) => Number(query.get(name) ?? otherwise);
  dieIfAsked("begin", id, query);
  const early = query.get("early") !== null;
  const received = early ? "early" : await readBody(req, id, query);
  note("u", id, received);
  const waitMs = number("wait", 0);
  if (waitMs > 0) await sleep(waitMs);
  const body = patternOf(id, number("n", 64));
  const isEvents = query.get("sse") !== null;
  note("h", id);
  res.writeHead(200, {
    "Content-Type": isEvents ? "text/event-stream" : "application/octet-stream",
    "X-Chaos-Id": id,
    "X-Chaos-Pid": String(process.pid),
    "X-Chaos-Received": received,
    ...(query.get("chunked") === null && !isEvents ? { "Content-Length": body.length } : {}),
  });
  const parts = number("parts", 1);
  const overMs = number("over", 0);
  if (parts > 1 || query.get("die") === "head") {
    res.flushHeaders();
    await sleep(5);
    dieIfAsked("head", id, query);
  }
  const size = Math.ceil(body.length / parts);
  for (let part = 0; part < parts; part += 1) {
    const isLast = part === parts - 1;
    if (isLast) dieIfAsked("last", id, query);
    const piece = body.subarray(part * size, (part + 1) * size);
    const goesOn = isLast ? res.end(piece) : res.write(piece);
    if (isLast) break;
    if (!goesOn) await new Promise((resolve) => res.once("drain", resolve).once("close", resolve));
    if (res.destroyed) return;
    if (overMs > 0) await sleep(overMs / parts);
    if (part === Math.floor(parts / 2) - 1) dieIfAsked("body", id, query);
  }
}

const server = createServer((req, res) => {
  const { pathname, searchParams: query } = new URL(req.url ?? "/", "http://app");
  const id = pathname.slice(pathname.lastIndexOf("/") + 1);
  note("b", id, req.method);
  res.once("finish", () => {
    note("f", id);
    if (query.get("die") === "end") setTimeout(() => dieIfAsked("end", id, query), 10);
  });
  res.once("close", () => {
    if (!res.writableFinished) note("a", id);
  });
  answer(req, res, id, query).catch((error) => {
    note("e", id, String(error?.code ?? error));
    res.destroy();
  });
});

// A WebSocket server as small as one can be: it sends back each frame of less than 126 bytes as it came.
server.on("upgrade", (req, socket) => {
  const id = (req.url ?? "").replace(/\?.*$/, "").replace(/^.*\//, "");
  const key = createHash("sha1").update(`${req.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  note("b", id, "WS");
  note("h", id);
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${key.digest("base64")}\r\nX-Chaos-Id: ${id}\r\nX-Chaos-Pid: ${process.pid}\r\n\r\n`,
  );
  let kept = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    kept = Buffer.concat([kept, chunk]);
    while (kept.length >= 6) {
      const length = kept[1] & 0x7f;
      if (kept.length < 6 + length) return;
      const opcode = kept[0] & 0x0f;
      const mask = kept.subarray(2, 6);
      const data = Buffer.from(kept.subarray(6, 6 + length).map((byte, index) => byte ^ mask[index & 3]));
      kept = kept.subarray(6 + length);
      socket.write(Buffer.concat([Buffer.from([0x80 | opcode, length]), data]));
      if (opcode === 8) {
        note("f", id);
        socket.end();
      }
    }
  });
  socket.on("error", () => socket.destroy());
  socket.on("end", () => socket.end());
});

server.listen(Number(process.env.PORT ?? 3000));
