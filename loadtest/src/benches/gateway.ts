import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunOptions } from "../command.ts";
import { type Generated, generate } from "../generator/generate.ts";
import { freePort, spawnApp, spawnAppOnSocket } from "../program/app-process.ts";
import { startProgram } from "../program/child-program.ts";
import { firstResponse } from "../program/first-response.ts";
import { startHostProcess } from "../program/host-process.ts";
import { median, quantile } from "../statistics/quantile.ts";
import { medianRatio, rotated } from "../statistics/ratio.ts";
import { type Bench, type Measured, Stops } from "./bench.ts";

const defaults = { seconds: 4, connections: 64, rounds: 5 } as const;
const warmUpSeconds = 2;
const appFile: string = fileURLToPath(new URL("../apps/hello.js", import.meta.url));

const peers = {
  undici: new URL("../peers/undici-dispatch.ts", import.meta.url),
  httpxy: new URL("../peers/httpxy.ts", import.meta.url),
  httpProxy: new URL("../peers/http-proxy.ts", import.meta.url),
} as const;

interface Contestant {
  readonly name: string;
  /** How it reaches the app. */
  readonly app: string;
  readonly url: string;
}

interface Run {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

/** Requests per second and latency through the gateway, through other proxies, and without any. */
export const gatewayBench: Bench = {
  name: "gateway",
  summary: "Requests per second and p99 of the gateway, other proxies, and the app alone.",
  async run(options) {
    const stops = new Stops();
    const socketDir = await mkdtemp(join(tmpdir(), "tidegate-bench-"));
    try {
      const contestants = await startContestants(stops, join(socketDir, "app.sock"));
      return await compare(contestants, options);
    } finally {
      await stops.all();
      await rm(socketDir, { recursive: true, force: true });
    }
  },
};

async function startContestants(stops: Stops, socketPath: string): Promise<Contestant[]> {
  const app = stops.add(spawnApp(appFile, await freePort()));
  const appOnSocket = stops.add(spawnAppOnSocket(appFile, socketPath));
  await firstResponse(app.address);
  await firstResponse(appOnSocket.address);
  const target = new URL(app.address).origin;
  const peer = async (program: URL, address: string) => stops.add(await startProgram(program, [address])).url;
  const host = stops.add(
    await startHostProcess([
      {
        name: "hello",
        entry: { kind: "node", file: appFile },
        concurrency: 1000,
        scaling: { minInstances: 1, maxInstances: 1 },
      },
    ]),
  );
  return [
    { name: "tidegate", app: "its instance, Unix socket", url: host.url },
    { name: "undici", app: "TCP", url: await peer(peers.undici, target) },
    { name: "undici_unix", app: "Unix socket", url: await peer(peers.undici, `unix:${socketPath}`) },
    { name: "httpxy", app: "TCP", url: await peer(peers.httpxy, target) },
    { name: "http_proxy", app: "TCP", url: await peer(peers.httpProxy, target) },
    { name: "direct", app: "no proxy", url: target },
  ];
}

async function compare(contestants: readonly Contestant[], options: RunOptions): Promise<Measured> {
  const seconds = options.seconds ?? defaults.seconds;
  const connections = options.connections ?? defaults.connections;
  const rounds = options.rounds ?? defaults.rounds;
  const runs = new Map<string, Run[]>(contestants.map(({ name }) => [name, []]));

  for (const { name, url } of contestants) {
    options.log(`warm-up: ${name}`);
    await generate({ url, connections, seconds: Math.min(warmUpSeconds, seconds) });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, url } of rotated(contestants, round)) {
      const run = summarize(await generate({ url, connections, seconds }));
      runs.get(name)?.push(run);
      options.log(
        `round ${round + 1}/${rounds}: ${name} ${Math.round(run.perSecond)} req/s, p99 ${run.p99Ms.toFixed(2)} ms`,
      );
    }
  }
  return measured(contestants, runs);
}

function summarize({ perSecond, latenciesMs, failed }: Generated): Run {
  return { perSecond, p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99), failed };
}

function measured(contestants: readonly Contestant[], runs: ReadonlyMap<string, readonly Run[]>): Measured {
  const of = (name: string, key: keyof Run) => (runs.get(name) ?? []).map((run) => run[key]);
  const ratio = (name: string, key: keyof Run) => medianRatio(of("tidegate", key), of(name, key));
  const rows = contestants.map(({ name, app }) => ({
    name,
    app,
    "req/s": median(of(name, "perSecond")),
    "p50 ms": median(of(name, "p50Ms")),
    "p99 ms": median(of(name, "p99Ms")),
    failed: of(name, "failed").reduce((sum, count) => sum + count, 0),
  }));
  return {
    rows,
    ratios: {
      throughput_vs_http_proxy: ratio("http_proxy", "perSecond"),
      throughput_vs_httpxy: ratio("httpxy", "perSecond"),
      throughput_vs_undici: ratio("undici", "perSecond"),
      throughput_vs_undici_unix: ratio("undici_unix", "perSecond"),
      throughput_vs_direct: ratio("direct", "perSecond"),
      p99_vs_undici: ratio("undici", "p99Ms"),
    },
    problems: rows.filter(({ failed }) => failed > 0).map(({ name, failed }) => `${name} failed ${failed} requests`),
  };
}
