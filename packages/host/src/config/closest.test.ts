import { expect, test } from "vitest";
import { closest } from "./closest.ts";

const fields = ["concurrency", "timeout", "startTimeout", "env"];

test.each([
  { name: "a letter left out", word: "concurency", meant: "concurrency" },
  { name: "letters swapped", word: "tiemout", meant: "timeout" },
  { name: "another case", word: "starttimeout", meant: "startTimeout" },
  { name: "a letter too many in a short word", word: "envs", meant: "env" },
  { name: "something else", word: "colour", meant: null },
])("closest finds what was meant by $name", ({ word, meant }) => {
  expect(closest(word, fields)).toBe(meant);
});
