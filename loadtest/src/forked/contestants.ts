import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
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

/** A process that serves an app on a Unix socket. */
export interface Served {
  readonly name: "forked" | "plain";
  readonly path: string;
  readonly pid: number;
}

/** Starts the app twice, as an instance forked by a host and by `node`, has both used, and stops all. */
export async function withForkedAndPlain<T>(
  app: ForkedApp,
  use: (forked: Served, plain: Served, problems: readonly string[]) => Promise<T>,
): Promise<T> {
  const stops = new Stops();
  const dir = await mkdtemp(join(tmpdir(), "tidegate-bench-"));
  const file = forkedApps[app];
  try {
    const host = stops.add(
      await startHostProcess(
        [
          {
            name: app,
            entry: { kind: "node", file },
            cwd: dirname(file),
            concurrency: 1000,
            scaling: { minInstances: 1, provisioned: 1, maxInstances: 1 },
          },
        ],
        { runtimeDir: dir },
      ),
    );
    const problems = await settledTemplates(host, [app]);
    // The gateway answers when there is an instance: that one is then asked directly.
    await firstResponse(`${host.url}/`);
    const [instance] = (await host.snapshot()).instances;
    if (instance === undefined) throw new Error(`Cannot measure "${app}": it has no instance`);
    if (instance.start !== "fork") problems.push(`the instance of "${app}" was started as a process`);
    const plain = stops.add(spawnAppOnSocket(file, join(dir, "plain.sock")));
    await firstResponse(plain.address);
    return await use(
      { name: "forked", path: socketOfInstance(dir, instance.instance), pid: instance.pid ?? 0 },
      { name: "plain", path: plain.address, pid: plain.pid },
      problems,
    );
  } finally {
    await stops.all();
    await rm(dir, { recursive: true, force: true });
  }
}
