import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { loadForking } from "@tidegate/fork";
import { expect, it } from "vitest";

const here = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

/**
 * A host that adopts orphans, with a process whose child leaves its group and its parent, and ends by itself. It prints how that
 * child fared, as its own parent saw it.
 */
const host = `
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { loadForking } from "@tidegate/fork";
const { OrphanSweep } = await import(${here("orphan-sweep.ts")});
const { forking } = loadForking();
forking.becomeSubreaper();
new OrphanSweep(forking, 50).start();
const parent = spawn("sh", ["-c", "setsid sleep 0.3 & echo $!; exit 5"], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
const orphan = await new Promise((resolve) => parent.stdout.once("data", (data) => resolve(String(data).trim())));
parent.once("exit", (code) => console.log("parent", code));
const state = () => {
  try {
    const stat = readFileSync("/proc/" + orphan + "/stat", "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return ["gone"];
  }
};
let last = "";
while (last !== "gone") {
  const [letter, parent] = state();
  if (letter !== last && (letter === "Z" || letter === "gone")) console.log(letter, Number(parent) === process.pid ? "ours" : "");
  last = letter;
  await pause(2);
}
`;

it.runIf("forking" in loadForking())(
  "reaps what fell to the host and ended, and leaves Node its own children",
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", host], {
      cwd: import.meta.dirname,
      timeout: 20_000,
    });
    expect(stdout).toBe("parent 5\nZ ours\ngone \n");
  },
);
