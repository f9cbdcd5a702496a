import { describe, expect, test } from "vitest";
import { codeFrame, firstOwnPlace } from "./code-frame.ts";

describe("firstOwnPlace finds", () => {
  test.each([
    {
      name: "the first own frame of a stack",
      lines: [
        "TypeError: x is not a function",
        "    at Module.load (node:internal/modules/cjs/loader:1651:32)",
        "    at route (/app/node_modules/express/lib/router.js:1:2)",
        "    at handler (/app/src/shop.js:30:7)",
        "    at Object.<anonymous> (/app/server.js:3:1)",
      ],
      place: { file: "/app/src/shop.js", line: 30, column: 7 },
    },
    {
      name: "a file URL",
      lines: ["    at file:///app/server.mjs:1:14"],
      place: { file: "/app/server.mjs", line: 1, column: 14 },
    },
    {
      name: "an async frame",
      lines: ["    at async start (/app/a.js:2:3)"],
      place: { file: "/app/a.js", line: 2, column: 3 },
    },
    {
      name: "the head of a syntax error",
      lines: ["/app/a.js:4", "const = 1;", "      ^", "SyntaxError: Unexpected token '='"],
      place: { file: "/app/a.js", line: 4, column: null },
    },
    {
      name: "the column that only the stack has",
      lines: ["/app/a.js:4", "boom();", "    at Object.<anonymous> (/app/a.js:4:9)"],
      place: { file: "/app/a.js", line: 4, column: 9 },
    },
    {
      name: "a line of Python",
      lines: ['  File "/app/app.py", line 12, in <module>'],
      place: { file: "/app/app.py", line: 12, column: null },
    },
    {
      name: "nothing of other folders",
      lines: ["    at f (/apps/a.js:1:1)", "    at g (/usr/lib/x.js:1:1)"],
      place: null,
    },
    { name: "nothing in a URL", lines: ["listening at http://localhost:3000"], place: null },
  ])("$name", ({ lines, place }) => {
    expect(firstOwnPlace(lines, "/app")).toEqual(place);
  });
});

describe("codeFrame shows", () => {
  const source = "one\ntwo\n\tthree();\nfour\nfive\nsix";

  test("two lines around and a caret", () => {
    expect(codeFrame(source, { line: 3, column: 2 })).toEqual([
      "  1 | one",
      "  2 | two",
      "> 3 | \tthree();",
      "    | \t^",
      "  4 | four",
      "  5 | five",
    ]);
  });

  test("no caret without a column", () => {
    expect(codeFrame(source, { line: 1, column: null })).toEqual(["> 1 | one", "  2 | two", "  3 | \tthree();"]);
  });

  test("nothing for a line that is not there", () => {
    expect(codeFrame(source, { line: 9, column: 1 })).toEqual([]);
  });
});
