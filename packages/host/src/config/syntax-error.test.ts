import { expect, test } from "vitest";
import { parseConfig } from "./parse-config.ts";

test.each([
  { name: "a quote", text: 'functions:\n  a:\n    entry: "a.js\n    concurrency: 1\n', place: "3:12" },
  { name: "a single quote at the end", text: "functions:\n  a:\n    entry: 'a.js\n", place: "3:12" },
  { name: "a bracket", text: "functions:\n  a:\n    routes: [/a\n    concurrency: 1\n", place: "3:13" },
  { name: "a brace at the end", text: "functions:\n  a: { entry: a.js\n", place: "2:6" },
  { name: "a brace", text: "functions:\n  a: { entry: a.js\ngateway:\n  port: 1\n", place: "2:6" },
  { name: "the brace around all", text: "{ functions: { a: { entry: a.js } }\n", place: "1:1" },
  { name: "an inner bracket", text: "functions:\n  a: { entry: a.js, routes: [/a\n", place: "2:29" },
  { name: "the second brace", text: "functions:\n  a: { entry: a.js }\n  b: { entry: b.js\n", place: "3:6" },
])("parseConfig shows $name that is never closed where it was opened", ({ text, place }) => {
  expect(() => parseConfig(text, "/x/tidegate.yaml", "t.yaml")).toThrow(
    new RegExp(`^Cannot use the configuration:\n  t\\.yaml:${place} \\S`),
  );
});

test.each([
  { name: "a wrong indentation", text: "functions:\n  a:\n    entry: a.js\n   port: 1\n", place: "4:1" },
  { name: "a tab", text: "functions:\n  a:\n    entry: a.js\n\tport: 1\n", place: "4:1" },
  { name: "a repeated key", text: "functions:\n  a: { entry: a.js, entry: b.js }\n", place: "2:21" },
  { name: "a stray bracket", text: "functions:\n  a:\n    entry: ]\n", place: "3:12" },
])("parseConfig shows $name where it is", ({ text, place }) => {
  expect(() => parseConfig(text, "/x/tidegate.yaml", "t.yaml")).toThrow(
    new RegExp(`^Cannot use the configuration:\n  t\\.yaml:${place} \\S`),
  );
});
