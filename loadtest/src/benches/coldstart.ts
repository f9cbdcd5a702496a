import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { RunOptions } from "../command.ts";
import { freePort, spawnApp } from "../program/app-process.ts";
import { ask, firstResponse } from "../program/first-response.ts";
import { type HostProcess, startHostProcess } from "../program/host-process.ts";
import { median, quantile } from "../statistics/quantile.ts";
import { medianRatio } from "../statistics/ratio.ts";
import { type Bench, type Measured, Stops } from "./bench.ts";

const defaultRounds = 15;
/** Short, so that a round need not wait long for zero instances. */
const idleTimeoutMs = 100;
/** After zero instances or the end of a process, so that its exit costs the next measurement nothing. */
const settleMs = 200;
/** Longest wait for zero instances. */
const zeroTimeoutMs = 30_000;

interface App {
  readonly name: string;
  readonly file: string;
}

const apps: readonly App[] = [
  { name: "express-hello", file: fileURLToPath(new URL("../apps/express-hello.js", import.meta.url)) },
  { name: "mini-program", file: fileURLToPath(new URL("../../../examples/mini-program/server.js", import.meta.url)) },
];

interface Times {
  readonly app: App;
  readonly hosted: readonly number[];
  readonly plain: readonly number[];
}

/** Time to the first response from nothing: through the host with zero instances, and of `node server.js`. */
export const coldstartBench: Bench = {
  name: "coldstart",
  summary: "First response from zero instances, and of a freshly spawned node.",
  async run(options) {
    const times: Times[] = [];
    for (const app of apps) times.push(await compare(app, options));
    return measured(times);
  },
};

async function compare(app: App, options: RunOptions): Promise<Times> {
  const rounds = options.rounds ?? defaultRounds;
  const stops = new Stops();
  const hosted: number[] = [];
  const plain: number[] = [];
  try {
    const entry = { kind: "node", file: app.file } as const;
    const host = stops.add(await startHostProcess([{ name: app.name, entry, scaling: { idleTimeoutMs } }]));
    const timeHosted = async () => hosted.push(await timeFirstHosted(host));
    const timePlain = async () => plain.push(await timeFirstPlain(app));
    // A first round of each that does not count: file caches, the host's own compilation.
    await timeFirstHosted(host);
    await timeFirstPlain(app);
    for (let round = 0; round < rounds; round += 1) {
      const order = round % 2 === 0 ? [timeHosted, timePlain] : [timePlain, timeHosted];
      for (const time of order) await time();
      const [ours, theirs] = [hosted.at(-1) ?? 0, plain.at(-1) ?? 0];
      options.log(
        `${app.name} ${round + 1}/${rounds}: tidegate ${ours.toFixed(1)} ms, node server.js ${theirs.toFixed(1)} ms`,
      );
    }
  } finally {
    await stops.all();
  }
  return { app, hosted, plain };
}

/** Milliseconds from a request to its whole response, with no instance running. */
async function timeFirstHosted(host: HostProcess): Promise<number> {
  await zeroInstances(host);
  await pause(settleMs);
  const started = performance.now();
  await ask(`${host.url}/`);
  return performance.now() - started;
}

async function zeroInstances(host: HostProcess): Promise<void> {
  const until = performance.now() + zeroTimeoutMs;
  for (;;) {
    const { instances } = await host.snapshot();
    if (instances.length === 0) return;
    if (performance.now() > until) {
      throw new Error(`Cannot measure a cold start: ${instances.length} instances after ${zeroTimeoutMs} ms`);
    }
    await pause(20);
  }
}

/** Milliseconds from spawning `node server.js` to the whole first response, asking all the time. */
async function timeFirstPlain(app: App): Promise<number> {
  const port = await freePort();
  await pause(settleMs);
  const started = performance.now();
  const process = spawnApp(app.file, port);
  try {
    await firstResponse(process.address);
    return performance.now() - started;
  } finally {
    await process.stop();
  }
}

function measured(times: readonly Times[]): Measured {
  const row = (app: App, how: string, values: readonly number[]) => ({
    app: app.name,
    how,
    "median ms": median(values),
    "min ms": quantile(values, 0),
    "max ms": quantile(values, 1),
  });
  const ratios: Record<string, number> = {};
  for (const { app, hosted, plain } of times) {
    const suffix = app.name === "express-hello" ? "" : `_${app.name.replaceAll("-", "_")}`;
    ratios[`first_response_vs_node${suffix}`] = medianRatio(hosted, plain);
  }
  return {
    rows: times.flatMap(({ app, hosted, plain }) => [
      row(app, "tidegate, zero instances", hosted),
      row(app, "node server.js", plain),
    ]),
    ratios,
    problems: [],
  };
}
