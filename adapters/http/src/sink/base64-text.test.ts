import { expect, test } from "vitest";
import { Base64Text } from "./base64-text.ts";

test("pieces of any length encode as the whole does", () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  for (const size of [1, 2, 3, 4, 5, 7, 100, 256]) {
    const text = new Base64Text();
    for (let at = 0; at < bytes.length; at += size) text.push(bytes.subarray(at, at + size));
    expect(text.end()).toBe(bytes.toString("base64"));
  }
});

test("the memory of a piece may be reused", () => {
  const text = new Base64Text();
  const memory = Buffer.from("abcd");
  text.push(memory);
  memory.fill(0);
  text.push(Buffer.from("e"));
  expect(text.end()).toBe(Buffer.from("abcde").toString("base64"));
});
