import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { functionDefaults } from "@tidegate/core";
import { loadForking } from "@tidegate/fork";
import { afterEach, expect, it } from "vitest";

let dir = "";
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Runs a host in a process with limits of its own; `template`, parked, and `fork` are there. Resolves with what it prints. */
async function runHost(limits: string, body: string): Promise<string> {
  dir = await mkdtemp(join(tmpdir(), "tidegate-limits-"));
  const file = join(dir, "app.mjs");
  await writeFile(
    file,
    `import { createServer } from "node:http"; createServer((req, res) => res.end()).listen(process.env.PORT);`,
  );
  const fn = { ...functionDefaults, name: "app", entry: { kind: "node", file }, cwd: dir, env: {}, routes: [] };
  const host = `
    import { closeSync, openSync, readdirSync } from "node:fs";
    const { Template } = await import(${JSON.stringify(new URL("template.ts", import.meta.url).href)});
    const fn = ${JSON.stringify(fn)};
    const template = Template.start({ function: fn, revision: "r1", publicPort: 3000 });
    const loaded = await template.loaded;
    if (loaded.kind !== "parked") throw new Error(loaded.reason);
    let made = 0;
    const fork = () => template.fork({
      function: fn, instance: "app-r1-" + ++made, runtimeDir: ${JSON.stringify(dir)}, publicPort: 3000, onOutput: () => {},
    });
    const end = async (launched) => { launched.signal("SIGKILL"); await launched.exited; launched.release(); };
    const descriptors = () => readdirSync("/proc/self/fd").length;
    ${body}
    await template.stop();
  `;
  const limited = ["-c", `${limits}; exec "$0" --input-type=module --eval "$1"`, process.execPath, host];
  const { stdout } = await promisify(execFile)("sh", limited, { timeout: 25_000 });
  return stdout;
}

const canFork = "forking" in loadForking();

it.runIf(canFork)(
  "a host without descriptors refuses to fork, leaks none, and forks when there are some again",
  async () => {
    const body = `
    // Takes the spare and ends it before it is ready: no other one follows, which would take descriptors, too.
    await end(await fork());
    for (let left = 0; left < 8; left++) {
      const before = descriptors();
      const files = [];
      try { for (;;) files.push(openSync("/dev/null")); } catch {}
      for (const file of files.splice(0, left)) closeSync(file);
      const failure = await fork().then(async (launched) => (await end(launched), null), (error) => error);
      for (const file of files) closeSync(file);
      await new Promise((resolve) => setImmediate(resolve));
      console.log(left, failure?.code ?? "forked", Math.max(0, descriptors() - before));
    }
    const launched = await fork();
    await launched.ready;
    await end(launched);
    console.log("ready");
  `;
    const lines = (await runHost("ulimit -n 64", body)).trim().split("\n");
    expect(lines.at(-1)).toBe("ready");
    expect(lines.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5].map((left) => `${left} EMFILE 0`));
  },
);
