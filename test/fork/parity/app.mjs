import * as fs from "node:fs";
import fsDefault, { openSync, promises } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire, isBuiltin } from "node:module";

const top = new Error("top").stack.split("\n").slice(0, 3);
const text = await readFile(import.meta.filename, "utf8");
const { own } = await import("./own.mjs");

const seen = () => ({
  meta: [
    import.meta.url,
    import.meta.filename,
    import.meta.dirname,
    import.meta.main ?? null,
    import.meta.resolve("./own.mjs"),
  ],
  lines: text.split("\n").length,
  own,
  top,
  argv: process.argv,
  main: process.mainModule ?? null,
  // After the fork point all views of a module are one.
  same: [fs.openSync === fsDefault.openSync, openSync === fsDefault.openSync, promises === fsDefault.promises],
  cached: Object.keys(createRequire(import.meta.url).cache),
  isBuiltin: isBuiltin("fs"),
  globals: Object.getOwnPropertyNames(globalThis).sort(),
});

createServer((_request, response) => response.end(JSON.stringify(seen()))).listen(process.env.PORT);
