import { expect, it } from "vitest";
import { findHeadEnd, findHeadStart, noHeadEnd } from "./head-end.ts";

it.each([
  { name: "a whole head", text: "GET / HTTP/1.1\r\nHost: x\r\n\r\nbody", end: 23 },
  { name: "a head behind empty lines", text: "\r\n\r\nGET / HTTP/1.1\r\n\r\n", end: 18 },
  { name: "nothing", text: "", end: noHeadEnd.yet },
  { name: "empty lines only", text: "\r\n\r\n", end: noHeadEnd.yet },
  { name: "half of an empty line", text: "\r\n\r", end: noHeadEnd.yet },
  { name: "part of a head", text: "GET / HTTP/1.1\r\nHost: x\r\n\r", end: noHeadEnd.yet },
  { name: "a bare LF in part of a head", text: "GET / HTTP/1.1\r\nHost: x\nA: b", end: noHeadEnd.invalid },
  { name: "a TLS hello", text: "\x16\x03\x01", end: noHeadEnd.invalid },
  { name: "a CR that no LF follows", text: "\rG", end: noHeadEnd.invalid },
  { name: "a head that is too long", text: `GET /${"a".repeat(64)} HTTP/1.1\r\n\r\n`, end: noHeadEnd.tooLarge },
  { name: "part of a head that is too long", text: `GET /${"a".repeat(64)}`, end: noHeadEnd.tooLarge },
])("findHeadEnd reads $name, whole and byte for byte", ({ text, end }) => {
  const bytes = Buffer.from(text, "latin1");
  const start = findHeadStart(bytes);
  expect(findHeadEnd(bytes, start, 0, 64)).toBe(end);
  if (start > 0) return;
  let found: number = noHeadEnd.yet;
  for (let length = 1; length <= bytes.length && found === noHeadEnd.yet; length++) {
    found = findHeadEnd(bytes.subarray(0, length), 0, length - 1, 64);
  }
  expect(found).toBe(end);
});
