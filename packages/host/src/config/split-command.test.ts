import { expect, test } from "vitest";
import { splitCommand } from "./split-command.ts";

test.each([
  { name: "words", line: " python3  app.py ", words: ["python3", "app.py"] },
  { name: "double quotes", line: 'a "b c" d', words: ["a", "b c", "d"] },
  { name: "single quotes", line: "a 'b \"c\"'", words: ["a", 'b "c"'] },
  { name: "quotes inside a word", line: 'a --title="b c"', words: ["a", "--title=b c"] },
  { name: "an empty argument", line: "a ''", words: ["a", ""] },
  { name: "nothing", line: " ", words: null },
  { name: "an open quote", line: 'a "b', words: null },
  { name: "a pipe", line: "a | b", words: null },
  { name: "a variable", line: "a $PORT", words: null },
  { name: "two commands", line: "a && b", words: null },
])("splitCommand reads $name", ({ line, words }) => {
  expect(splitCommand(line)).toEqual(words);
});
