import { expect, it } from "vitest";
import { optionName, splitNodeOptions } from "./node-options.ts";

it.each([
  { name: "none", text: "", options: [] },
  { name: "spaces around", text: "  --a   --b ", options: ["--a", "--b"] },
  { name: "quotes", text: '--require "./a b.cjs" --c', options: ["--require", "./a b.cjs", "--c"] },
  { name: "quotes within", text: '--require="./a b.cjs"', options: ["--require=./a b.cjs"] },
  { name: "an empty value", text: '--title "" --c', options: ["--title", "", "--c"] },
  { name: "escapes in quotes", text: '"a \\"b\\" \\\\c"', options: ['a "b" \\c'] },
  { name: "backslashes outside", text: "C:\\a --b", options: ["C:\\a", "--b"] },
])("splits NODE_OPTIONS with $name", ({ text, options }) => {
  expect(splitNodeOptions(text)).toEqual(options);
});

it.each([
  ["--inspect-brk=0", "inspect-brk"],
  ["--max_old_space_size=5", "max-old-space-size"],
  ["-pe", "-pe"],
  ["server.js", null],
  ["--", null],
  ["-", null],
])("%s is the option %s", (option, name) => {
  expect(optionName(option)).toBe(name);
});
