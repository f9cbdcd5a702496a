import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Served, serveApp } from "../../served-app.ts";

interface Entry {
  readonly method: string;
  readonly url: string;
  readonly id: string;
  readonly isChunked: boolean;
  readonly body: string;
  readonly isWhole: boolean;
}

let served: Served;
beforeAll(async () => {
  served = await serveApp("ledger.cjs", {}, { headersTimeoutMs: 300, bodyTimeoutMs: 300 });
});
afterAll(() => served.stop());

/** Mulberry32: the same mutations in each run, so that a failure can be had again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const smuggled = "GET /smuggled HTTP/1.1\r\nHost: smuggled\r\n\r\n";
const sources = [
  "GET /get?a=b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n",
  `POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  `POST /chunks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\nX-Sum: 1\r\n\r\n`,
  "PUT http://x/absolute HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n\r\nabc",
];

/** What tells parsers apart. */
const pieces = [
  "\r\n",
  "\n",
  "\r",
  "\0",
  "\t",
  " ",
  ":",
  ";",
  ",",
  "\x0b",
  "\x7f",
  "\xa0",
  "0",
  "5",
  "a",
  "-",
  "+",
  "0x",
  "\r\n\r\n",
  "\n\n",
  "Content-Length: 5\r\n",
  "Content-Length: 0\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: identity\r\n",
  "Transfer-Encoding:\tchunked\r\n",
  "content-length : 3\r\n",
  "Content_Length: 9\r\n",
  "Host: y\r\n",
  "Connection: close\r\n",
  "Connection: content-length\r\n",
  "Expect: 100-continue\r\n",
  "Upgrade: x\r\nConnection: upgrade\r\n",
  " folded\r\n",
  "0\r\n\r\n",
  smuggled,
];

function mutate(text: string, next: () => number): string {
  const at = Math.floor(next() * (text.length + 1));
  const piece = pieces[Math.floor(next() * pieces.length)] ?? "";
  const lines = text.split("\r\n");
  const line = Math.floor(next() * lines.length);
  switch (Math.floor(next() * 6)) {
    case 0:
      return text.slice(0, at) + piece + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + Math.floor(next() * 3));
    case 2:
      return text.slice(0, at) + String.fromCharCode(Math.floor(next() * 256)) + text.slice(at + 1);
    case 3:
      return [...lines.slice(0, line), lines[line] ?? "", ...lines.slice(line)].join("\r\n");
    case 4:
      return [...lines.slice(0, line), piece + (lines[line] ?? ""), ...lines.slice(line + 1)].join("\r\n");
    default:
      return text.replace("\r\n", piece);
  }
}

/** Ends the connection, unless what came before takes it for a part of itself: then the gateway's timeouts do. */
const last = "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/** Sends the bytes, cut somewhere, and waits for the end of the connection. */
function send(bytes: string, cut: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port: served.host.port, host: "127.0.0.1" });
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
    socket.write(bytes.slice(0, cut), "latin1");
    setImmediate(() => socket.write(bytes.slice(cut) + last, "latin1"));
  });
}

const rounds = 6;
const perRound = 300;

it(`an app sees what the gateway forwarded, and nothing else, of ${rounds * perRound} mutated requests`, async () => {
  const next = random(20_261_121);
  const isForwarded = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const sent = Array.from({ length: perRound }, () => {
      let text = sources[Math.floor(next() * sources.length)] ?? "";
      for (let count = 1 + Math.floor(next() * 3); count > 0; count--) text = mutate(text, next);
      return { text, cut: Math.floor(next() * text.length) };
    });
    await Promise.all(sent.map(({ text, cut }) => send(text, cut)));
    const entries = (await (await fetch(`${served.url}/ledger`)).json()) as Entry[];
    const records = new Map(served.records.map((record) => [record.requestId, record]));
    for (const { id, url, method, body, isWhole, isChunked } of entries) {
      // Each request that the app saw is one that the gateway knows as one, read in the same way.
      const record = records.get(id);
      expect(record, `${method} ${url}`).toMatchObject({ method, target: url });
      if (isWhole && !isChunked) expect(record?.requestBytes, `body of ${url}`).toBe(body.length);
      expect(isForwarded.has(id), `${id} came once`).toBe(false);
      isForwarded.add(id);
    }
    for (const { requestId, status, target } of served.records) {
      if (status === 200 && target !== "/ledger") expect(isForwarded.has(requestId), target).toBe(true);
    }
  }
  expect(isForwarded.size).toBeGreaterThan(rounds * perRound * 0.2);
});
