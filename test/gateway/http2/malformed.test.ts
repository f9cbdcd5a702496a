import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Served, serveApp } from "../../served-app.ts";
import { exchangeFrames, fieldBlock, flag, frame, frameType, type Verdict, verdictOf } from "./frames.ts";

let served: Served;
beforeAll(async () => {
  served = await serveApp("app.js");
  await fetch(served.url);
});
afterAll(() => served.stop());

type Fields = [string, string][];

const { data, headers, priority, rstStream, settings, pushPromise, ping, windowUpdate, continuation } = frameType;
const { endStream, endHeaders, padded, none } = flag;

const get: Fields = [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/"],
  [":authority", "x.example"],
];
const post: Fields = [
  [":method", "POST"],
  ...get.slice(1).map(([name, value]): [string, string] => [name, name === ":path" ? "/count" : value]),
];

/** The fields with some replaced or, by null, left out. */
const change = (changes: Record<string, string | null>): Fields =>
  get.flatMap(([name, value]): Fields => {
    const changed = changes[name];
    return changed === null ? [] : [[name, changed ?? value]];
  });

const request = (fields: Fields): Buffer[] => [frame(headers, endStream | endHeaders, 1, fieldBlock(fields))];
const upload = (fields: Fields, body: string, trailers: Fields | null = null): Buffer[] => [
  frame(headers, endHeaders, 1, fieldBlock([...post, ...fields])),
  frame(data, trailers === null ? endStream : none, 1, body),
  ...(trailers === null ? [] : [frame(headers, endStream | endHeaders, 1, fieldBlock(trailers))]),
];
const pinged = frame(ping, none, 0, Buffer.alloc(8));

const run = async (bytes: readonly Buffer[]): Promise<Verdict> => verdictOf(Number(new URL(served.url).port), bytes);

interface Case {
  readonly name: string;
  readonly bytes: readonly Buffer[];
  readonly verdict: Verdict;
}

describe("requests that HTTP/2 calls malformed (RFC 9113, 8.1 to 8.5)", () => {
  const malformed = "RST PROTOCOL_ERROR";
  const field = (name: string, value: string, verdict: Verdict = malformed): Case => ({
    name: JSON.stringify(`${name}: ${value}`),
    bytes: request([...get, [name, value]]),
    verdict,
  });
  const pseudo = (changes: Record<string, string | null>, verdict: Verdict = malformed): Case => ({
    name: JSON.stringify(changes),
    bytes: request(change(changes)),
    verdict,
  });
  const cases: Case[] = [
    { name: "nothing wrong", bytes: request(get), verdict: "200" },
    field("X-Upper", "a"),
    field("connection", "close"),
    field("connection", "x-other"),
    field("keep-alive", "timeout=5"),
    field("proxy-connection", "keep-alive"),
    field("transfer-encoding", "chunked"),
    field("upgrade", "websocket"),
    field("http2-settings", "AAMAAABkAAQAAP__", "400"),
    field("te", "gzip"),
    field("te", "trailers, gzip"),
    field("te", "trailers", "200"),
    field("host", "other.example", "400"),
    field("host", "X.example", "200"),
    field(":late", "a"),
    field(":path", "/other"),
    field(":status", "200"),
    { name: "a pseudo header behind others", bytes: request([["accept", "*/*"], ...get]), verdict: malformed },
    {
      name: "two Hosts",
      bytes: request([...change({ ":authority": null }), ["host", "a"], ["host", "b"]]),
      verdict: malformed,
    },
    { name: "Host alone", bytes: request([...change({ ":authority": null }), ["host", "a"]]), verdict: "200" },
    pseudo({ ":method": null }),
    pseudo({ ":scheme": null }),
    pseudo({ ":path": null }),
    pseudo({ ":authority": null }),
    pseudo({ ":method": "" }),
    pseudo({ ":path": "" }),
    pseudo({ ":path": "index" }),
    pseudo({ ":path": "*" }),
    pseudo({ ":path": "http://y.example/" }),
    pseudo({ ":path": "/a b" }),
    pseudo({ ":path": "/a#b" }, "400"),
    pseudo({ ":path": "/a\r\nx: y" }),
    pseudo({ ":path": "/ HTTP/1.1\r\nx: y" }),
    pseudo({ ":path": "/\0" }),
    pseudo({ ":path": "/a\tb" }),
    pseudo({ ":method": "GE T" }),
    pseudo({ ":method": "GET /admin HTTP/1.1\r\nx: y\r\n\r\nGET" }),
    pseudo({ ":authority": "x.example\r\nx: y" }),
    pseudo({ ":authority": "user@x.example" }),
    pseudo({ ":authority": "x.example/admin" }),
    pseudo({ ":authority": "x y" }),
    pseudo({ ":scheme": "ftp" }, "400"),
    pseudo({ ":scheme": "http://x/?" }),
    pseudo({ ":method": "OPTIONS", ":path": "*" }, "404"),
    {
      name: "CONNECT",
      bytes: request([
        [":method", "CONNECT"],
        [":authority", "y.example:443"],
      ]),
      verdict: "501",
    },
    { name: "CONNECT with a path", bytes: request(change({ ":method": "CONNECT" })), verdict: malformed },
    { name: ":protocol with GET", bytes: request([...get, [":protocol", "websocket"]]), verdict: malformed },
    {
      name: "CONNECT for an unknown protocol",
      bytes: request([...change({ ":method": "CONNECT" }), [":protocol", "udp"]]),
      verdict: "501",
    },
  ];
  it.each(cases)("$name: $verdict", async ({ bytes, verdict }) => {
    expect(await run(bytes)).toBe(verdict);
  });
});

describe("fields with bytes that HTTP does not allow never reach an app", () => {
  const values = ["a\r\nx-smuggled: b", "a\nb", "a\rb", "a\0b", " a", "a ", "\x7f", "\x01"];
  const names = ["x y", "x\r\ny", "x:y", "x\0", "x\x80", "(x)", "", "x\ty"];
  const fields = [...values.map((value) => ["x-value", value]), ...names.map((name) => [name, "a"])] as Fields;
  // RFC 9113, 8.2.1 wants such requests refused. Node leaves the field out, and tells nobody.
  it.each(fields)("%j: %j", async (name, value) => {
    const port = Number(new URL(served.url).port);
    const { verdict, body } = await exchangeFrames(port, request([...change({ ":path": "/echo" }), [name, value]]));
    const { rawHeaders } = JSON.parse(verdict === "200" ? body : '{"rawHeaders":[]}') as { rawHeaders: string[] };
    const known = new Set([
      "host",
      "x-forwarded-for",
      "x-forwarded-host",
      "x-forwarded-proto",
      "forwarded",
      "x-request-id",
    ]);
    const names = rawHeaders.filter((_, at) => at % 2 === 0).map((each) => each.toLowerCase());
    expect(names.filter((each) => !known.has(each) && each !== "connection")).toEqual([]);
  });
});

describe("bodies and trailers (8.1.1)", () => {
  const cases: Case[] = [
    { name: "a length that matches", bytes: upload([["content-length", "4"]], "body"), verdict: "200" },
    { name: "no length", bytes: upload([], "body"), verdict: "200" },
    { name: "a length too large", bytes: upload([["content-length", "5"]], "body"), verdict: "RST PROTOCOL_ERROR" },
    { name: "a length too small", bytes: upload([["content-length", "3"]], "body"), verdict: "GOAWAY INTERNAL_ERROR" },
    { name: "a length and no body", bytes: request([...post, ["content-length", "4"]]), verdict: "RST PROTOCOL_ERROR" },
    {
      name: "two lengths",
      bytes: upload(
        [
          ["content-length", "4"],
          ["content-length", "5"],
        ],
        "body",
      ),
      verdict: "RST PROTOCOL_ERROR",
    },
    {
      name: "two equal lengths",
      bytes: upload(
        [
          ["content-length", "4"],
          ["content-length", "4"],
        ],
        "body",
      ),
      verdict: "RST PROTOCOL_ERROR",
    },
    { name: "a signed length", bytes: upload([["content-length", "+4"]], "body"), verdict: "RST PROTOCOL_ERROR" },
    { name: "a list of lengths", bytes: upload([["content-length", "4, 4"]], "body"), verdict: "RST PROTOCOL_ERROR" },
    { name: "trailers", bytes: upload([], "body", [["x-sum", "7"]]), verdict: "200" },
    { name: "a pseudo header in trailers", bytes: upload([], "body", [[":path", "/"]]), verdict: "RST PROTOCOL_ERROR" },
    {
      name: "Content-Length in trailers",
      bytes: upload([], "body", [["content-length", "9"]]),
      verdict: "RST PROTOCOL_ERROR",
    },
    { name: "Host in trailers", bytes: upload([], "body", [["host", "y"]]), verdict: "400" },
    {
      name: "trailers that do not end the stream",
      bytes: [...upload([], "body", null).slice(0, 1), frame(headers, endHeaders, 1, fieldBlock([["x-sum", "7"]]))],
      verdict: "RST PROTOCOL_ERROR",
    },
  ];
  it.each(cases)("$name: $verdict", async ({ bytes, verdict }) => {
    expect(await run(bytes)).toBe(verdict);
  });
});

describe("frames out of place or out of shape (4 to 6)", () => {
  const opened = frame(headers, endHeaders, 1, fieldBlock(post));
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const setting = (id: number, value: number): Buffer => Buffer.concat([Buffer.from([0, id]), int(value)]);
  const cases: Case[] = [
    { name: "5.1 DATA on an idle stream", bytes: [frame(data, endStream, 1, "x")], verdict: "GOAWAY PROTOCOL_ERROR" },
    {
      name: "5.1 RST_STREAM on an idle stream",
      bytes: [frame(rstStream, none, 1, int(8))],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    {
      name: "5.1 WINDOW_UPDATE on an idle stream",
      bytes: [frame(windowUpdate, none, 1, int(1))],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    {
      name: "5.1 CONTINUATION on an idle stream",
      bytes: [frame(continuation, endHeaders, 1, fieldBlock(get))],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    {
      name: "5.1 DATA behind END_STREAM",
      bytes: [...request(post), frame(data, none, 1, "x")],
      verdict: "GOAWAY STREAM_CLOSED",
    },
    {
      name: "5.1 HEADERS behind END_STREAM",
      bytes: [...request(post), ...request(post)],
      verdict: "GOAWAY STREAM_CLOSED",
    },
    {
      name: "5.1.1 an even stream",
      bytes: [frame(headers, endStream | endHeaders, 2, fieldBlock(get))],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    {
      name: "5.1.1 a stream below the last one",
      bytes: [frame(headers, endHeaders, 3, fieldBlock(post)), ...request(get), pinged],
      verdict: "ignored",
    },
    {
      name: "5.3.1 a stream that depends on itself",
      bytes: [frame(priority, none, 1, Buffer.concat([int(1), Buffer.from([1])])), pinged],
      verdict: "ignored",
    },
    { name: "5.5 a frame of an unknown type", bytes: [frame(0x16, none, 0, "x"), pinged], verdict: "ignored" },
    { name: "6.1 DATA on stream 0", bytes: [frame(data, none, 0, "x")], verdict: "GOAWAY PROTOCOL_ERROR" },
    {
      name: "6.1 padding longer than the frame",
      bytes: [opened, frame(data, endStream | padded, 1, "\x09x")],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    {
      name: "6.2 HEADERS on stream 0",
      bytes: [frame(headers, endStream | endHeaders, 0, fieldBlock(get))],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    {
      name: "6.2 another frame before CONTINUATION",
      bytes: [frame(headers, endStream, 1, fieldBlock(get)), pinged],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    {
      name: "6.3 PRIORITY of a wrong size",
      bytes: [frame(priority, none, 1, "x"), pinged],
      verdict: "GOAWAY FRAME_SIZE_ERROR",
    },
    {
      name: "6.4 RST_STREAM of a wrong size",
      bytes: [opened, frame(rstStream, none, 1, "x")],
      verdict: "GOAWAY FRAME_SIZE_ERROR",
    },
    {
      name: "6.4 RST_STREAM on stream 0",
      bytes: [frame(rstStream, none, 0, int(8))],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    { name: "6.5 SETTINGS on a stream", bytes: [frame(settings, none, 1)], verdict: "GOAWAY PROTOCOL_ERROR" },
    {
      name: "6.5 SETTINGS of a wrong size",
      bytes: [frame(settings, none, 0, "x")],
      verdict: "GOAWAY FRAME_SIZE_ERROR",
    },
    {
      name: "6.5 an acknowledgement with settings",
      bytes: [frame(settings, flag.ack, 0, setting(3, 1))],
      verdict: "GOAWAY FRAME_SIZE_ERROR",
    },
    { name: "6.5.2 ENABLE_PUSH 2", bytes: [frame(settings, none, 0, setting(2, 2))], verdict: "GOAWAY PROTOCOL_ERROR" },
    {
      name: "6.5.2 INITIAL_WINDOW_SIZE too large",
      bytes: [frame(settings, none, 0, setting(4, 2 ** 31))],
      verdict: "GOAWAY FLOW_CONTROL_ERROR",
    },
    {
      name: "6.5.2 MAX_FRAME_SIZE too small",
      bytes: [frame(settings, none, 0, setting(5, 1))],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    {
      name: "6.6 PUSH_PROMISE of a client",
      bytes: [opened, frame(pushPromise, endHeaders, 1, Buffer.concat([int(3), fieldBlock(get)]))],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    { name: "6.7 PING on a stream", bytes: [frame(ping, none, 1, Buffer.alloc(8))], verdict: "GOAWAY PROTOCOL_ERROR" },
    { name: "6.7 PING of a wrong size", bytes: [frame(ping, none, 0, "x")], verdict: "GOAWAY FRAME_SIZE_ERROR" },
    {
      name: "6.8 GOAWAY on a stream",
      bytes: [frame(frameType.goaway, none, 1, Buffer.alloc(8))],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    {
      name: "6.9 WINDOW_UPDATE by nothing",
      bytes: [frame(windowUpdate, none, 0, int(0))],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    {
      name: "6.9 WINDOW_UPDATE of a stream by nothing",
      bytes: [opened, frame(windowUpdate, none, 1, int(0))],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    {
      name: "6.9.1 a window that overflows",
      bytes: [frame(windowUpdate, none, 0, int(2 ** 31 - 1))],
      verdict: "GOAWAY FLOW_CONTROL_ERROR",
    },
    {
      name: "6.9.1 a stream's window that overflows",
      bytes: [opened, frame(windowUpdate, none, 1, int(2 ** 31 - 1))],
      verdict: "GOAWAY FLOW_CONTROL_ERROR",
    },
    {
      name: "6.10 CONTINUATION behind END_HEADERS",
      bytes: [...request(get), frame(continuation, endHeaders, 1, fieldBlock([["a", "b"]]))],
      verdict: "GOAWAY PROTOCOL_ERROR",
    },
    {
      name: "4.2 a frame larger than allowed",
      bytes: [opened, frame(data, none, 1, "x".repeat(16_385))],
      verdict: "GOAWAY FRAME_SIZE_ERROR",
    },
    {
      name: "4.3 fields that cannot be decompressed",
      bytes: [frame(headers, endStream | endHeaders, 1, "\xff\xff\xff\xff\xff\xff")],
      verdict: "GOAWAY COMPRESSION_ERROR",
    },
  ];
  it.each(cases)("$name: $verdict", async ({ bytes, verdict }) => {
    expect(await run(bytes)).toBe(verdict);
  });

  it("3.4 a preface that is not completed ends the connection", async () => {
    const port = Number(new URL(served.url).port);
    expect(await verdictOf(port, [], "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")).toBe("GOAWAY INTERNAL_ERROR");
  });
});
