import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FunctionOptions } from "@tidegate/host";
import { Stops } from "../benches/bench.ts";
import { helloFile } from "../gateway/contestants.ts";
import { spawnAppOnSocket } from "../program/app-process.ts";
import { firstResponse } from "../program/first-response.ts";
import { startHostProcess } from "../program/host-process.ts";
import { socketOfInstance } from "../program/instance-sockets.ts";
import { settledTemplates } from "../program/templates.ts";

/** The apps of the bench; all of them listen on `$SOCKET` when they run by themselves. */
export const forkedApps: Readonly<Record<ForkedApp, string>> = {
  light: helloFile,
  heavy: fileURLToPath(new URL("../apps/heavy.js", import.meta.url)),
};

export type ForkedApp = "light" | "heavy";

/** `process` is an instance of a host too, but one that loaded the app itself: it tells what the agent costs without a fork. */
export const servedNames = ["forked", "process", "plain"] as const;

export type ServedName = (typeof servedNames)[number];

/** A process that serves an app on a Unix socket. */
export interface Served {
  readonly name: ServedName;
  readonly path: string;
  readonly pid: number;
}

/** Starts the app as an instance forked by a host, as one that is not, and by `node`, has all used, and stops them. */
export async function withServed<T>(
  app: ForkedApp,
  use: (all: readonly Served[], problems: readonly string[]) => Promise<T>,
): Promise<T> {
  const stops = new Stops();
  const dir = await mkdtemp(join(tmpdir(), "tidegate-bench-"));
  try {
    const { problems, instances } = await startInstances(app, dir, stops);
    const plain = stops.add(spawnAppOnSocket(forkedApps[app], join(dir, "plain.sock")));
    await firstResponse(plain.address);
    return await use([...instances, { name: "plain", path: plain.address, pid: plain.pid }], problems);
  } finally {
    await stops.all();
    await rm(dir, { recursive: true, force: true });
  }
}

async function startInstances(
  app: ForkedApp,
  runtimeDir: string,
  stops: Stops,
): Promise<{ readonly instances: readonly Served[]; readonly problems: readonly string[] }> {
  const file = forkedApps[app];
  const names = ["forked", "process"] as const;
  const functions: readonly FunctionOptions[] = names.map((name) => ({
    name,
    entry: { kind: "node", file },
    cwd: dirname(file),
    start: name === "process" ? "process" : "auto",
    routes: [{ path: `/${name}` }],
    concurrency: 1000,
    scaling: { minInstances: 1, provisioned: 1, maxInstances: 1 },
  }));
  const host = stops.add(await startHostProcess(functions, { runtimeDir }));
  const problems = await settledTemplates(host, ["forked"]);
  // The gateway answers when there is an instance: that one is then asked directly.
  for (const name of names) await firstResponse(`${host.url}/${name}`);
  const { instances } = await host.snapshot();
  const served = names.map((name) => {
    const instance = instances.find((each) => each.function === name);
    if (instance === undefined) throw new Error(`Cannot measure "${app}": there is no instance "${name}"`);
    if (name === "forked" && instance.start !== "fork")
      problems.push(`an instance of "${app}" was started as a process`);
    return { name, path: socketOfInstance(runtimeDir, instance.instance), pid: instance.pid ?? 0 };
  });
  return { instances: served, problems };
}
