import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type Entry, type FunctionConfig, functionDefaults } from "@tidegate/core";
import { loadForking } from "@tidegate/fork";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { launch } from "../launcher/launch.ts";
import type { Launch, Launched, LaunchOptions } from "../launcher/launcher.ts";
import { launch as launchForked } from "../template/testing/launch-forked.ts";
import { isThere } from "../template/testing/processes.ts";
import { InstanceGroups } from "./instance-groups.ts";
import { createTestGroup, whyNoGroups } from "./testing/test-group.ts";

/** The first thing it does, but for what a template may do, is to start a daemon that leaves its session and its parent. */
const app = `
import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
const { stdout } = spawnSync("sh", ["-c", "(setsid sh -c 'setsid sleep 1000 >/dev/null 2>&1 & echo $!' &)"], { encoding: "utf8" });
console.log("daemon", stdout.trim());
createServer((req, res) => res.end(JSON.stringify(process.env))).listen(process.env.PORT);
`;

interface Started {
  readonly name: string;
  readonly launch: Launch;
  readonly url: string;
  readonly entry: (file: string) => Entry;
}

const here = (path: string): string => pathToFileURL(join(import.meta.dirname, path)).href;

const ways: readonly Started[] = [
  { name: "a Node entry", launch, url: here("../launcher/launch.ts"), entry: (file) => ({ kind: "node", file }) },
  {
    name: "a command",
    launch,
    url: here("../launcher/launch.ts"),
    entry: (file) => ({ kind: "command", command: [process.execPath, file] }),
  },
  ...("forking" in loadForking()
    ? [
        {
          name: "a forked Node entry",
          launch: launchForked,
          url: here("../template/testing/launch-forked.ts"),
          entry: (file: string): Entry => ({ kind: "node", file }),
        },
      ]
    : []),
];

const why = whyNoGroups();

describe.skipIf(why !== null)(why === null ? "where a host may make control groups" : `skipped: ${why}`, () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  let named = "";
  let groups: InstanceGroups | null = null;

  beforeEach(async () => {
    const { folder, remove } = await createTestGroup();
    cleanups.push(remove);
    named = folder;
    groups = await InstanceGroups.open(folder);
    cleanups.push(async () => groups?.close());
  });

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function start(given: LaunchOptions, how: Launch = launch): Promise<Launched> {
    const launched = await how(given);
    cleanups.push(async () => {
      launched.signal("SIGKILL");
      await launched.exited;
      launched.release();
    });
    return launched;
  }

  async function options(entry: (file: string) => Entry, change: Partial<FunctionConfig> = {}): Promise<Given> {
    const dir = await mkdtemp(join(tmpdir(), "tidegate-cgroup-"));
    cleanups.push(() => rm(dir, { recursive: true, force: true }));
    const file = join(dir, "app.mjs");
    await writeFile(file, app);
    const lines: string[] = [];
    const base = { ...functionDefaults, name: "app", entry: entry(file), cwd: dir, env: {}, routes: [] };
    return {
      function: { ...base, ...change },
      instance: "app-r1-1",
      runtimeDir: join(dir, "run"),
      publicPort: 3000,
      groups,
      onOutput: (_, line) => lines.push(line),
      word: async (name) => {
        for (;;) {
          const line = lines.find((each) => each.startsWith(`${name} `));
          if (line !== undefined) return line.slice(name.length + 1);
          await pause(5);
        }
      },
    };
  }

  it.each(ways)("a daemon that $name starts with its first line is gone when it ends", async (way) => {
    const given = await options(way.entry);
    const launched = await start(given, way.launch);
    await launched.ready;
    const daemon = Number(await given.word("daemon"));
    expect(groupOf(daemon)).toMatch(/\/tidegate-\d+-\d+\/app-\d+$/);
    expect(groupOf(daemon)).toBe(groupOf(launched.pid));
    launched.signal("SIGTERM");
    await launched.exited;
    expect(isThere(daemon)).toBe(false);
    launched.release();
    // A template ends a moment later, with its spare.
    while (foldersIn(groups?.folder).length > 0) await pause(5);
  });

  it.each(ways.slice(-1))("what $name has started ends with a killed host, wherever it is", async (way) => {
    const { groups: _, ...given } = await options(way.entry);
    const host = spawn(process.execPath, ["--input-type=module", "--eval", hostProgram(way.url, given, named)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    cleanups.push(async () => host.kill("SIGKILL"));
    let said = "";
    for await (const chunk of host.stdout) {
      said += chunk;
      if (said.includes("ready") && /daemon \d+\n/.test(said)) break;
    }
    const daemon = Number(/daemon (\d+)/.exec(said)?.[1]);
    expect(isThere(daemon)).toBe(true);
    const mine = join(named, `tidegate-${host.pid}-1`);
    expect(foldersIn(mine).length).toBeGreaterThan(0);
    host.kill("SIGKILL");
    while (isThere(daemon) || existsSync(mine)) await pause(5);
  });

  it("measures of a command what has left its process group, too, and the time of what has ended", async () => {
    const given = await options(() => ({ kind: "command", command: ["sh", "-c", measured] }));
    const launched = await start(given);
    await given.word("ready");
    const usage = await launched.measure();
    expect(usage?.memoryBytes).toBeGreaterThan(60 * 2 ** 20);
    expect(usage?.cpuMs).toBeGreaterThan(200);
  });

  it("starts a command as it would be without, and says why it cannot", async () => {
    const env = { "dotted.name": "1" };
    const environment = async (
      withGroups: boolean,
      extra: Record<string, string>,
    ): Promise<Record<string, unknown>> => {
      const given = await options(() => ({ kind: "command", command: [process.execPath, "app.mjs"] }), { env: extra });
      const launched = await start({ ...given, groups: withGroups ? groups : null });
      await launched.ready;
      const { endpoint } = launched;
      if (!("port" in endpoint)) throw new Error("It has no port");
      const answer = await fetch(`http://127.0.0.1:${endpoint.port}/`);
      const { PORT, ...variables } = (await answer.json()) as Record<string, unknown>;
      process.kill(Number(await given.word("daemon")), "SIGKILL");
      launched.signal("SIGKILL");
      await launched.exited;
      launched.release();
      return variables;
    };
    const plain = await environment(false, { "plain name": "" });
    expect(await environment(true, { "plain name": "" })).toEqual(plain);
    const { "dotted.name": dotted } = await environment(true, env);
    expect(dotted).toBe("1");
    expect(await environment(true, {})).toEqual(await environment(false, {}));
    const given = await options(() => ({ kind: "command", command: ["no-such-program"] }));
    const launched = await start(given);
    expect((await launched.exited).cause).toMatchObject({ code: "ENOENT" });
    expect(foldersIn(groups?.folder)).toEqual([]);
  });
});

interface Given extends LaunchOptions {
  /** Resolves with what follows this word in a line of the instance's output. */
  readonly word: (name: string) => Promise<string>;
}

/** A process that ends after 200 ms of processor time, and one that keeps 60 MB in a session of its own. */
const measured = `
"${process.execPath}" -e 'while (process.cpuUsage().user < 200_000);'
setsid "${process.execPath}" -e 'globalThis.kept = Buffer.alloc(60 << 20, 1); console.log("ready now"); setInterval(() => {}, 1000)' &
wait`;

function hostProgram(launchUrl: string, given: object, named: string): string {
  return `
    const { launch } = await import(${JSON.stringify(launchUrl)});
    const { InstanceGroups } = await import(${JSON.stringify(here("instance-groups.ts"))});
    const groups = await InstanceGroups.open(${JSON.stringify(named)});
    const launched = await launch({ ...${JSON.stringify(given)}, groups, onOutput: (_, line) => console.log(line) });
    await launched.ready;
    console.log("ready");
    setInterval(() => {}, 1000);
  `;
}

function foldersIn(folder = ""): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function groupOf(pid: number | null): string {
  return /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8"))?.[1] ?? "";
}
