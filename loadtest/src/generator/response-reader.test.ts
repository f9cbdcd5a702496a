import { describe, expect, it } from "vitest";
import { type AnswerListener, fieldOf, ResponseReader } from "./response-reader.ts";

/** Reads bytes cut into parts of `size`, and tells what came of each response. */
function read(text: string, size: number, methods: readonly string[] = ["GET", "GET"]): string[] {
  const told: string[] = [];
  const left = [...methods];
  const reader = new ResponseReader((): AnswerListener | undefined => {
    const method = left.shift();
    if (method === undefined) return undefined;
    let body = "";
    let status = 0;
    return {
      method,
      onHead: (head) => {
        status = head.status;
      },
      onBody: (chunk) => {
        body += chunk.toString();
      },
      onEnd: (keepsAlive) => told.push(`${status} ${body} ${keepsAlive ? "kept" : "closed"}`),
    };
  });
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += size) {
    const rest = reader.push(bytes.subarray(at, at + size));
    if (rest !== null) told.push(`upgraded ${rest.toString()}`);
  }
  if (reader.end()) told.push("by its end");
  else if (reader.isMidway) told.push("midway");
  return told;
}

const cases: readonly (readonly [name: string, text: string, expected: readonly string[]])[] = [
  ["a length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", ["200 abc kept"]],
  ["no body", "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", ["204  closed"]],
  [
    "chunks and trailers",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
    ["200 abc0123456789 kept"],
  ],
  [
    "two in a row",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    ["200 a kept", "404  kept"],
  ],
  [
    "an interim one before",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
    ["200 a kept"],
  ],
  ["an end by the connection's", "HTTP/1.1 200 OK\r\n\r\nabc", ["200 abc closed", "by its end"]],
  ["a length that is not reached", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", ["midway"]],
  ["chunks without a last one", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", ["midway"]],
];

describe("ResponseReader reads", () => {
  for (const [name, text, expected] of cases) {
    it.each([1, 2, 7, 1000])(`${name}, %i bytes at a time`, (size) => expect(read(text, size)).toEqual(expected));
  }

  it("the answer to HEAD, which has no body", () => {
    expect(read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 1000, ["HEAD"])).toEqual(["200  kept"]);
  });

  it("what follows a 101", () => {
    expect(read("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nabc", 1000)).toEqual(["upgraded abc"]);
  });
});

describe("ResponseReader refuses", () => {
  it.each([
    ["what is no status line", "HTTP/2 200\r\n\r\n"],
    ["a chunk size that is no number", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n"],
    ["bytes after a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n"],
  ])("%s", (_name, text) => expect(() => read(text, 1000)).toThrow(/^Cannot read the response/));

  it("a response nobody asked for", () => {
    const text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    expect(() => read(text + text, 1000, ["GET"])).toThrow(/nobody asked for/);
  });
});

it("fieldOf reads a field's value without regard to case", () => {
  expect(fieldOf("HTTP/1.1 200 OK\r\nX-Id: a b", "x-id")).toBe("a b");
  expect(fieldOf("HTTP/1.1 200 OK\r\nX-Id: a", "id")).toBe(null);
});
