import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FunctionConfig, functionDefaults } from "@tidegate/core";
import type { HostEvent } from "../../host-options.ts";
import type { Launch } from "../../launcher/launcher.ts";
import type { Instance } from "../instance.ts";
import { InstancePool } from "../pool.ts";
import { ProcessLauncher } from "../pool-launcher.ts";
import { StartPermits } from "../start-permits.ts";

/** Answers with its process id; `/slow` never, `/spin` computes for ever, `/sick` makes `/live` fail from then on. */
const testApp = `
import { createServer } from "node:http";
let status = 200;
process.on("SIGTERM", () => { console.log("asked to end"); process.exit(0); });
createServer((req, res) => {
  if (req.url === "/slow") return;
  if (req.url === "/spin") for (;;);
  if (req.url === "/sick") status = 503;
  res.writeHead(req.url === "/live" ? status : 200).end(String(process.pid));
}).listen(process.env.PORT);
`;

/** A pool of real processes without a gateway. */
export interface TestPool {
  readonly pool: InstancePool;
  readonly dir: string;
  readonly events: HostEvent[];
  /** Most instances that were starting, ready, frozen or draining at one time. */
  readonly most: () => number;
  /** Resolves with the first event, past or to come, that matches. */
  event<Type extends HostEvent["type"]>(
    type: Type,
    matches?: (event: Extract<HostEvent, { type: Type }>) => boolean,
  ): Promise<Extract<HostEvent, { type: Type }>>;
  /** Starts so many, one after another. */
  start(count: number): Promise<void>;
  /** Picks an instance and has it answer, as the activator and the gateway would. */
  invoke(path?: string): Promise<{ readonly instance: Instance; readonly text: string }>;
  stop(): Promise<void>;
}

export async function createTestPool(
  change: Partial<FunctionConfig> = {},
  program: string = testApp,
  options: { readonly permits?: StartPermits; readonly runtimeDir?: string; readonly launch?: Launch } = {},
): Promise<TestPool> {
  const dir = await mkdtemp(join(tmpdir(), "tidegate-pool-"));
  const file = join(dir, "app.mjs");
  await writeFile(file, program);
  const base = {
    ...functionDefaults,
    name: "app",
    entry: { kind: "node", file },
    cwd: dir,
    env: {},
    routes: [],
  } as const;
  const events: HostEvent[] = [];
  const watchers = new Set<() => void>();
  const alive = new Set<string>();
  let most = 0;
  const onEvent = (event: HostEvent): void => {
    if (event.type === "instance") {
      if (event.state === "stopped" || event.state === "failed") alive.delete(event.instance);
      else alive.add(event.instance);
      most = Math.max(most, alive.size);
    }
    events.push(event);
    for (const watcher of watchers) watcher();
  };
  const pool = new InstancePool({
    function: { ...base, ...change },
    revision: "r1",
    runtimeDir: () => options.runtimeDir ?? dir,
    publicPort: () => 3000,
    onEvent,
    permits: options.permits ?? new StartPermits(),
    launcher: Object.assign(new ProcessLauncher(), options.launch === undefined ? {} : { launch: options.launch }),
  });
  return {
    pool,
    dir,
    events,
    most: () => most,
    event: (type, matches = () => true) => waitFor(watchers, () => findEvent(events, type, matches)),
    start: async (count) => {
      for (let left = count; left > 0; left--) {
        const error = await pool.start();
        if (error !== null) throw error;
      }
    },
    invoke: (path = "/") => invoke(pool, dir, path),
    stop: async () => {
      await pool.close("kill", "the test is over");
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function findEvent<Type extends HostEvent["type"]>(
  events: readonly HostEvent[],
  type: Type,
  matches: (event: Extract<HostEvent, { type: Type }>) => boolean,
): Extract<HostEvent, { type: Type }> | undefined {
  return events.find(
    (event): event is Extract<HostEvent, { type: Type }> => event.type === type && matches(event as never),
  );
}

function waitFor<Found>(watchers: Set<() => void>, find: () => Found | undefined): Promise<Found> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = find();
      if (found === undefined) return;
      watchers.delete(look);
      resolve(found);
    };
    watchers.add(look);
    look();
  });
}

async function invoke(pool: InstancePool, dir: string, path: string): Promise<{ instance: Instance; text: string }> {
  const instance = pool.pick();
  if (instance === null) throw new Error("No instance has room");
  instance.inFlight++;
  try {
    const text = await ask(join(dir, `${instance.name}.sock`), path);
    instance.inFlight--;
    instance.finished++;
    pool.onFinished(instance);
    instance.onOutcome(false);
    return { instance, text };
  } catch (error) {
    instance.inFlight--;
    instance.onOutcome(true);
    throw error;
  } finally {
    if (instance.inFlight === 0) instance.onIdle();
  }
}

function ask(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve(text));
      response.on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}
