import { describe, expect, it } from "vitest";
import { parseResponseHead } from "./response-head.ts";

const parse = (...lines: string[]) =>
  parseResponseHead(["HTTP/1.1 200 OK", ...lines].map((line) => `${line}\r\n`).join(""), "GET");

describe("parseResponseHead passes one framing on", () => {
  const cases = [
    {
      name: "equal lengths",
      given: ["Content-Length: 5", "X-A: 1", "content-length: 5"],
      lines: "Content-Length: 5\r\nX-A: 1\r\n",
      body: 5,
    },
    {
      name: "chunked twice",
      given: ["Transfer-Encoding: chunked", "X-A: 1", "Transfer-Encoding: Chunked"],
      lines: "Transfer-Encoding: chunked\r\nX-A: 1\r\n",
      body: "chunked",
    },
    {
      name: "chunked and a length, each twice",
      given: ["Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: 5", "Transfer-Encoding: chunked"],
      lines: "Transfer-Encoding: chunked\r\n",
      body: "chunked",
    },
  ];
  it.each(cases)("of $name", ({ given, lines, body }) => {
    expect(parse(...given)).toMatchObject({ lines, body });
  });
});

it.each([
  { name: "different lengths", given: ["Content-Length: 5", "Content-Length: 6"] },
  { name: "a list of lengths", given: ["Content-Length: 5, 5"] },
  { name: "a coding other than chunked", given: ["Transfer-Encoding: gzip"] },
  { name: "chunked, then another coding", given: ["Transfer-Encoding: chunked", "Transfer-Encoding: gzip"] },
])("parseResponseHead refuses $name", ({ given }) => {
  expect(parse(...given)).toBeNull();
});
