import { expect, test } from "vitest";
import { printable } from "./printable.ts";

test.each([
  { name: "plain text", line: "GET /a\tok – 小店", printed: "GET /a\tok – 小店" },
  { name: "colours, ended with the line", line: "\x1b[1;32mok", printed: "\x1b[1;32mok\x1b[0m" },
  { name: "no cursor movement", line: "a\x1b[2A\x1b[2Kb\rc", printed: "abc" },
  { name: "no window title", line: "a\x1b]0;title\x07b", printed: "ab" },
  { name: "no bell and no private modes", line: "\x07a\x1b[?25lb", printed: "ab" },
])("printable keeps $name", ({ line, printed }) => {
  expect(printable(line)).toBe(printed);
});
