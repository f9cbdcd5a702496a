import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Stops } from "../benches/bench.ts";
import type { BenchPart, PartResult } from "../benches/part.ts";
import type { RunOptions } from "../command.ts";
import { generate } from "../generator/generate.ts";
import { type ChildProgram, startProgram } from "../program/child-program.ts";
import { startHostProcess } from "../program/host-process.ts";
import { median, quantile } from "../statistics/quantile.ts";
import { medianRatio, rotated } from "../statistics/ratio.ts";
import { helloFile } from "./contestants.ts";

const defaults = { seconds: 4, connections: 64, rounds: 5 } as const;
const slowConnections = 1_000;
const mostRatio = 1.1;

/** An app that reads bodies to their end. */
const sinkFile: string = fileURLToPath(new URL("../apps/sink.js", import.meta.url));

const attacks = ["stop", "headers", "bodies"] as const;
type Attack = (typeof attacks)[number];

interface Run {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly failed: number;
  readonly open: number;
}

/** What others notice of a thousand clients that dribble. */
export const slowLorisPart: BenchPart = {
  name: "slow-loris",
  title: `While ${slowConnections.toLocaleString("en-US")} connections send a byte a second each, of heads or bodies`,
  async run(options) {
    const stops = new Stops();
    try {
      const host = stops.add(
        await startHostProcess([
          {
            name: "hello",
            entry: { kind: "node", file: helloFile },
            concurrency: 1000,
            scaling: { minInstances: 1, provisioned: 1, maxInstances: 1 },
          },
          {
            name: "sink",
            entry: { kind: "node", file: sinkFile },
            routes: [{ path: "/sink" }],
            scaling: { maxInstances: 1 },
          },
        ]),
      );
      const program = new URL("../program/slow-loris-program.ts", import.meta.url);
      const slow = stops.add(await startProgram(program, [host.url, String(slowConnections)]));
      return await compare(host.url, slow, options);
    } finally {
      await stops.all();
    }
  },
};

async function compare(url: string, slow: ChildProgram, options: RunOptions): Promise<PartResult> {
  const seconds = options.seconds ?? defaults.seconds;
  const connections = options.connections ?? defaults.connections;
  const rounds = options.rounds ?? defaults.rounds;
  const runs: Record<Attack, Run[]> = { stop: [], headers: [], bodies: [] };
  await generate({ url, connections, seconds: Math.min(2, seconds) });
  for (let round = 0; round < rounds; round += 1) {
    for (const attack of rotated(attacks, round)) {
      const open = await begin(slow, attack);
      const { perSecond, latenciesMs, failed } = await generate({ url, connections, seconds });
      const run = { perSecond, p99Ms: quantile(latenciesMs, 0.99), failed, open };
      runs[attack].push(run);
      options.log(
        `round ${round + 1}/${rounds}: ${nameOf(attack)}: p99 ${run.p99Ms.toFixed(2)} ms with ${open} slow ones`,
      );
    }
  }
  await begin(slow, "stop");
  return resultOf(runs);
}

async function begin(slow: ChildProgram, attack: Attack): Promise<number> {
  const done = once(slow.process, "message");
  slow.process.send(attack);
  const [{ open }] = await done;
  return open;
}

function nameOf(attack: Attack): string {
  return attack === "stop" ? "without" : attack;
}

function resultOf(runs: Readonly<Record<Attack, readonly Run[]>>): PartResult {
  const of = (attack: Attack, key: keyof Run): number[] => runs[attack].map((run) => run[key]);
  const ratio = (attack: Attack): number => medianRatio(of(attack, "p99Ms"), of("stop", "p99Ms"));
  const ratios = {
    slow_loris_headers_p99_vs_without: ratio("headers"),
    slow_loris_bodies_p99_vs_without: ratio("bodies"),
    slow_loris_p99_vs_without: Math.max(ratio("headers"), ratio("bodies")),
  };
  const failed = attacks.flatMap((attack) => of(attack, "failed")).reduce((sum, count) => sum + count, 0);
  return {
    rows: attacks.map((attack) => ({
      name: nameOf(attack),
      "req/s": median(of(attack, "perSecond")),
      "p99 ms": median(of(attack, "p99Ms")),
      "slow connections": median(of(attack, "open")),
      failed: of(attack, "failed").reduce((sum, count) => sum + count, 0),
    })),
    ratios,
    problems: [
      ...(failed > 0 ? [`slow-loris: ${failed} requests of others failed`] : []),
      ...(ratios.slow_loris_p99_vs_without > mostRatio
        ? [`slow-loris: others' p99 is ${ratios.slow_loris_p99_vs_without.toFixed(2)} times what it is without`]
        : []),
    ],
  };
}
