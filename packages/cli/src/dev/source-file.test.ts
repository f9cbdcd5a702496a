import { expect, test } from "vitest";
import { isSourceFile, isSourceFolder } from "./source-file.ts";

test.each([
  ["server.js", true],
  ["page.tsx", true],
  ["tidegate.yaml", true],
  [".env", true],
  [".env.local", true],
  ["app.py", true],
  ["shop.sqlite", false],
  ["shop.sqlite-wal", false],
  ["access.log", false],
  ["photo.jpg", false],
  [".eslintrc.json", false],
])("isSourceFile says of %s: %s", (name, isSource) => {
  expect(isSourceFile(`/app/${name}`)).toBe(isSource);
});

test.each([
  { folder: "/app/src", entry: null, isSource: true },
  { folder: "/app/src/data-access", entry: null, isSource: true },
  { folder: "/app/node_modules", entry: null, isSource: false },
  { folder: "/app/src/.cache/x", entry: null, isSource: false },
  { folder: "/app/uploads", entry: "/app/server.js", isSource: false },
  { folder: "/app/dist", entry: "/app/dist/server.js", isSource: true },
  { folder: "/app", entry: null, isSource: true },
])("isSourceFolder says of $folder with entry $entry: $isSource", ({ folder, entry, isSource }) => {
  expect(isSourceFolder(folder, "/app", entry)).toBe(isSource);
});
