import { describe, expect, it } from "vitest";
import { clientOf, cookieOf, headBytesOf, isIdempotent } from "./request-facts.ts";
import { parseRequestHead, type RequestHead } from "./request-head.ts";

function headOf(...lines: string[]): RequestHead {
  const head = parseRequestHead(`GET /a HTTP/1.1\r\nHost: a\r\n${lines.map((line) => `${line}\r\n`).join("")}`);
  if ("refused" in head) throw new Error(head.why);
  return head;
}

describe("cookieOf", () => {
  it.each([
    { name: "without cookies", lines: [], value: null },
    { name: "among others", lines: ["Cookie: b=1; id=x1; c=2"], value: "x1" },
    { name: "in whatever case of the field's name", lines: ["COOKIE:id=x1"], value: "x1" },
    { name: "in a second line", lines: ["Cookie: a=1", "cookie: id=x1"], value: "x1" },
    { name: "the first of two", lines: ["Cookie: id=x1; id=x2"], value: "x1" },
    { name: "not one whose name ends the same", lines: ["Cookie: xid=1; id2=2"], value: null },
    { name: "not of another field", lines: ["X-Cookie: id=1", "Set-Cookie: id=2"], value: null },
    { name: "empty", lines: ["Cookie: id="], value: "" },
    { name: "with an equals sign", lines: ["Cookie: id=a=b"], value: "a=b" },
    { name: "malformed", lines: ["Cookie: ;;id;=;"], value: null },
  ])("$name", ({ lines, value }) => expect(cookieOf(headOf(...lines), "id")).toBe(value));
});

describe("clientOf", () => {
  it.each([
    { name: "the peer", lines: "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: a\r\n", client: "192.0.2.1" },
    {
      name: "whom a trusted proxy serves",
      lines: "X-Forwarded-For: 198.51.100.7, 192.0.2.1\r\n",
      client: "198.51.100.7",
    },
    {
      name: "not what that one says of itself",
      lines: "X-Forwarded-For: 10.0.0.1, 198.51.100.7, 192.0.2.1\r\n",
      client: "198.51.100.7",
    },
    { name: "over IPv6", lines: "X-Forwarded-For: 2001:db8::1,192.0.2.1\r\n", client: "2001:db8::1" },
  ])("$name", ({ lines, client }) => expect(clientOf("192.0.2.1", lines)).toBe(client));
});

it("isIdempotent: as the method says, and no upgrade", () => {
  expect(isIdempotent(headOf())).toBe(true);
  expect(isIdempotent({ ...headOf(), method: "POST" })).toBe(false);
  expect(isIdempotent(headOf("Connection: upgrade", "Upgrade: websocket"))).toBe(false);
});

it("headBytesOf: what was sent", () => {
  expect(headBytesOf(headOf("A: b"))).toBe("GET /a HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n".length);
});
