import { setTimeout as delay } from "node:timers/promises";

const MAX_CHUNKS = 10_000;
const MAX_DELAY_MS = 10_000;

/** `/stream?n=5&ms=100`: n lines, one each ms milliseconds. */
export async function stream(_req, res, query) {
  res.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" });
  await forEachTick(res, query, (i) => res.write(`line ${i}\n`));
  res.end();
}

/** `/events?n=5&ms=100`: the same as server-sent events; `Last-Event-ID` is where it goes on. */
export async function events(req, res, query) {
  res.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  const seen = Number(req.headers["last-event-id"] ?? -1);
  await forEachTick(res, query, (i) => i > seen && res.write(`id: ${i}\ndata: event ${i}\n\n`));
  res.end();
}

/** A body with a trailer after it. */
export function trailers(_req, res) {
  res.writeHead(200, { "Content-Type": "text/plain", Trailer: "X-Lines" });
  res.write("one\n");
  res.write("two\n");
  res.addTrailers({ "X-Lines": "2" });
  res.end();
}

/** 103 first, then the answer. */
export async function earlyHints(_req, res) {
  res.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
  await delay(20);
  res.writeHead(200, { "Content-Type": "text/plain" });
  res.end("hinted\n");
}

async function forEachTick(res, query, send) {
  const n = bounded(query.get("n"), 5, MAX_CHUNKS);
  const ms = bounded(query.get("ms"), 100, MAX_DELAY_MS);
  const gone = new AbortController();
  res.on("close", () => gone.abort());
  for (let i = 0; i < n && !res.destroyed; i++) {
    if (i > 0) await delay(ms, undefined, { signal: gone.signal });
    send(i);
  }
}

function bounded(text, byDefault, max) {
  const number = Number(text ?? byDefault);
  return Number.isInteger(number) && number >= 0 ? Math.min(number, max) : byDefault;
}
