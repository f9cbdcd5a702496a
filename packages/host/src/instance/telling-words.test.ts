import { describe, expect, it } from "vitest";
import { tellingWords } from "./telling-words.ts";

const loaderFrames = [
  "    at Module._compile (node:internal/modules/cjs/loader:1929:14)",
  "    at async ModuleLoader.import (node:internal/modules/esm/loader:650:26)",
  "    at node:internal/main/run_main_module:33:47",
];

describe("tellingWords", () => {
  it("quotes the error and the app's own frames, not those of Node's loader", () => {
    const thrown = [
      "/app/server.js:2",
      "const cfg = process.env.NOPE.split();",
      "                             ^",
      "",
      "TypeError: Cannot read properties of undefined (reading 'split')",
      "    at Object.<anonymous> (/app/server.js:2:30)",
    ];
    const end = ["", "Node.js v24.21.0"];
    expect(tellingWords([...thrown, ...loaderFrames, ...end])).toEqual([...thrown, ...end]);
  });

  it("quotes the error also where many frames of the app come after it", () => {
    const thrown = [
      "MongoServerError: bad auth",
      ...Array.from({ length: 10 }, (_, i) => `    at f${i} (/app/db.js:1:${i})`),
    ];
    expect(tellingWords(["connecting", ...thrown])).toEqual(thrown);
  });

  it("keeps the frame that opens the fields of an error", () => {
    const refused = [
      "Error: connect ECONNREFUSED",
      "    at emitErrorNT (node:internal/streams/destroy:170:8) {",
      "  port: 5432",
      "}",
    ];
    expect(tellingWords([...refused.slice(0, 1), ...loaderFrames, ...refused.slice(1)])).toEqual(refused);
  });

  it("quotes the newest lines where there is no error", () => {
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i}`);
    expect(tellingWords(lines)).toEqual(lines.slice(12));
    expect(tellingWords(["only one"])).toEqual(["only one"]);
  });
});
