import { expect, test } from "vitest";
import { parseNodeCommand } from "./node-command.ts";

test.each([
  { name: "a file", line: "node server.js", command: { file: "server.js" } },
  { name: "arguments", line: "node server.js --seed 'a b'", command: { file: "server.js", args: ["--seed", "a b"] } },
  {
    name: "flags",
    line: "node --no-warnings --env-file .env a.js",
    command: { file: "a.js", nodeArgs: ["--no-warnings", "--env-file", ".env"] },
  },
  {
    name: "a flag with =",
    line: "node --import=./x.mjs a.js",
    command: { file: "a.js", nodeArgs: ["--import=./x.mjs"] },
  },
  {
    name: "variables",
    line: "NODE_ENV=production A= node a.js",
    command: { file: "a.js", env: { NODE_ENV: "production", A: "" } },
  },
])("parseNodeCommand reads $name", ({ line, command }) => {
  expect(parseNodeCommand(line)).toEqual({ env: {}, nodeArgs: [], args: [], ...command });
});

test.each(["next start", "node", "node -e 1", "npm run build && node a.js", "node a.js | tee log", "tsx a.ts"])(
  "parseNodeCommand refuses %j",
  (line) => {
    expect(parseNodeCommand(line)).toBeNull();
  },
);
