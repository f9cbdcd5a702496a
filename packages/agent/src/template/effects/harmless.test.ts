import { expect, test } from "vitest";
import { tryProgram } from "./testing/try-program.ts";

const draw = "exports.value = Math.random()";

test("packages known to draw harmlessly at load are spared, with a note", async () => {
  const { reached, folder } = await tryProgram({
    "main.cjs": `
      const { value } = require("react-dom");
      require("pino");
      require("next/dist/compiled/react-dom/index.js");
      if (!(value >= 0 && value < 1)) throw new Error();
      require("unknown");
    `,
    "node_modules/react-dom/index.js": draw,
    "node_modules/pino/index.js": "exports.pid = process.pid",
    "node_modules/next/dist/compiled/react-dom/index.js": draw,
    "node_modules/next/dist/other.js": draw,
    "node_modules/unknown/index.js": `\n\n${draw}`,
  });
  expect(reached).toMatchObject({
    effect: "math-random",
    place: { file: `${folder}/main.cjs`, line: 6 },
    via: "unknown",
    notes: [
      "react-dom drew Math.random at load, the same for all instances: names of its own properties",
      "pino read its process id at load: its log lines name the template's process",
      "next drew Math.random at load, the same for all instances: names of its own properties",
    ],
  });
});

test("what a package draws for others after it was loaded is an effect", async () => {
  const { reached, folder } = await tryProgram({
    "main.cjs": `const { random } = require("bignumber.js");\nrequire("glob");\nrandom();`,
    "node_modules/bignumber.js/index.js": `exports.random = () => Math.random();\nexports.random();`,
    "node_modules/glob/index.js": `${draw} + Math.random()`,
  });
  expect(reached).toMatchObject({
    effect: "math-random",
    place: { file: `${folder}/main.cjs`, line: 3 },
    via: "bignumber.js",
    notes: [
      "bignumber.js drew Math.random at load, the same for all instances: a look at how many bits it has",
      "glob drew Math.random at load, the same for all instances: a mark within a text",
    ],
  });
});

test("of Next's wrappers of random functions, who calls them is who draws", async () => {
  const { reached, folder } = await tryProgram({
    "main.cjs": `require("next/dist/server/node-environment-extensions/random.js");\nMath.random();`,
    "node_modules/next/dist/server/node-environment-extensions/random.js": `
      const random = Math.random;
      Math.random = function () { return random.apply(null, arguments); }.bind(null);
    `,
  });
  expect(reached).toMatchObject({ effect: "math-random", place: { file: `${folder}/main.cjs`, line: 2 }, via: null });
});

test("addons that only compute are loaded, with a note; others are effects", async () => {
  const load = (name: string): string =>
    `try { require(${JSON.stringify(name)}); } catch (error) { if (error.code !== "ERR_DLOPEN_FAILED") throw error; }`;
  const { reached, folder } = await tryProgram({
    "main.cjs": `${load("bcrypt/lib/a.node")}\n${load("@scope/other/a.node")}`,
    "node_modules/bcrypt/lib/a.node": "no addon",
    "node_modules/@scope/other/a.node": "no addon",
  });
  expect(reached).toMatchObject({
    effect: "addon",
    what: `${folder}/node_modules/@scope/other/a.node`,
    place: { line: 2 },
    notes: ["the addon of bcrypt was loaded once for all instances"],
  });
});

test("the app's own line is told, and the package that reached the effect", async () => {
  const { reached, folder } = await tryProgram({
    "main.cjs": `const start = () =>\n  require("@scope/driver").open();\nstart();`,
    "node_modules/@scope/driver/index.js": `exports.open = () => require("inner").open();`,
    "node_modules/inner/index.js": `exports.open = () => require("net").connect(1);`,
  });
  expect(reached).toMatchObject({ place: { file: `${folder}/main.cjs`, line: 2, column: 28 }, via: "inner" });
});

test("without a line of the app the nearest of any package is told", async () => {
  const { reached, folder } = await tryProgram({
    "main.cjs": `setImmediate(require("later").run)`,
    "node_modules/later/index.js": `\nexports.run = () => require("net").connect(1);`,
  });
  expect(reached).toMatchObject({
    place: { file: `${folder}/node_modules/later/index.js`, line: 2 },
    via: "later",
  });
});
