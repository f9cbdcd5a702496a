import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import { canFork } from "./can-fork.ts";
import { type Run, run } from "./parity/run-both.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface Plain {
  readonly stdout: readonly string[];
  readonly code: Promise<number | null>;
  ask(path: string): Promise<unknown>;
}

/** Runs an app of `parity/` by plain Node, without a host. */
async function runPlain(file: string, args: readonly string[]): Promise<Plain> {
  const app = spawn(process.execPath, [join(import.meta.dirname, "parity", file), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const code = once(app, "close").then(([told]) => told as number | null);
  cleanups.push(() => {
    app.kill("SIGKILL");
    return code;
  });
  const stdout: string[] = [];
  const lines = createInterface({ input: app.stdout });
  const port = await new Promise<number>((resolve) => {
    lines.on("line", (line) => {
      if (line.startsWith("port ")) resolve(Number(line.slice(5)));
      else stdout.push(line);
    });
  });
  const ask = (path: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const asked = request({ host: "localhost", port, path, agent: false }, async (response) => {
        resolve(JSON.parse((await response.setEncoding("utf8").toArray()).join("")));
      });
      asked.on("error", reject).end();
    });
  return { stdout, code, ask };
}

async function runServed(args: readonly string[], start: "process" | "fork"): Promise<Run> {
  const served = await run("listen.cjs", args, start);
  cleanups.push(() => served.stop());
  return served;
}

const ways = canFork ? (["process", "fork"] as const) : (["process"] as const);
const forms = [
  "a port",
  "an address",
  "all addresses",
  "options with a host",
  "options with a signal of another maker",
  "a host name",
];

describe.each(ways)("an app that listens (%s) sees what it sees on plain Node", (start) => {
  it.each(forms)("on %s", async (form) => {
    const plain = await runPlain("listen.cjs", [form]);
    const served = await runServed([form], start);
    expect(await served.ask("/")).toEqual(await plain.ask("/"));
  });

  it("until a signal it gave closes its server", async () => {
    const args = ["options with a host"];
    const plain = await runPlain("listen.cjs", args);
    const served = await runServed(args, start);
    await plain.ask("/abort");
    await served.command("/abort");
    await served.said("exit 0");
    expect(await plain.code).toBe(0);
    expect(served.stdout.filter((line) => !line.startsWith("port"))).toEqual(plain.stdout);
  });

  it("in its worker threads", async () => {
    const plain = await runPlain("listen.cjs", []);
    const served = await runServed([], start);
    expect(await served.ask("/worker")).toEqual(await plain.ask("/worker"));
  });
});
