"use strict";
// Runs when the package is installed. It never fails: without the addon Tidegate starts plain processes.
const { spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const { join } = require("node:path");

/** The prebuilt addon loads, and knows this Node: on another libc or processor it may not. */
function isUsable(path) {
  if (!existsSync(path)) return false;
  // In a process of its own, since a binary for another system could crash.
  const script = `process.exitCode = require(${JSON.stringify(path)}).check() === null ? 0 : 1;`;
  return spawnSync(process.execPath, ["-e", script], { stdio: "ignore" }).status === 0;
}

function install() {
  if (process.platform !== "linux") return;
  // The sources' own folder: its `build` script compiles, without downloading headers.
  if (existsSync(join(__dirname, "src"))) return;
  if (isUsable(join(__dirname, "prebuilds", `linux-${process.arch}`, "fork.node"))) return;
  // npm and pnpm put their own node-gyp on the PATH of install scripts.
  const built = spawnSync("node-gyp", ["rebuild"], { cwd: __dirname, stdio: "ignore", timeout: 300_000 });
  if (built.status === 0) return;
  console.log(
    `@tidegate/fork: no addon for Linux on ${process.arch}, and node-gyp could not compile it. Instances start as plain processes.`,
  );
}

try {
  install();
} catch (error) {
  console.log(`@tidegate/fork: the addon was not installed: ${error}. Instances start as plain processes.`);
}
