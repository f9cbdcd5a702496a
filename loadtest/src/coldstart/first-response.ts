import type { BenchPart, PartResult } from "../benches/part.ts";
import type { RunOptions } from "../command.ts";
import { median, quantile } from "../statistics/quantile.ts";
import { medianRatio, rotated } from "../statistics/ratio.ts";
import { type ColdHost, withColdHost } from "./cold-host.ts";
import { type ColdProgram, type ColdProgramName, coldProgramNames } from "./programs.ts";

const plain = "node server.js";
/** First rounds that do not count: file caches, the host's own compilation, SQLite's schema. */
const warmUpRounds = 2;

/** Names of ratios of programs that were measured under them before there were others. */
const formerRatios: Readonly<Partial<Record<ColdProgramName, string>>> = {
  express: "first_response_vs_node",
  shop: "first_response_vs_node_mini_program",
};

type Times = ReadonlyMap<string, readonly number[]>;

/** The first response of each program: from zero instances through the gateway, and of `node server.js`. */
export const firstResponseParts: readonly BenchPart[] = coldProgramNames.map((name) => ({
  name,
  title: "First response, in milliseconds: from zero instances through the gateway, and of a new node",
  run: (options) => withColdHost(name, options.log, (program, host) => compare(name, program, host, options)),
}));

async function compare(
  name: ColdProgramName,
  program: ColdProgram,
  host: ColdHost,
  options: RunOptions,
): Promise<PartResult> {
  const rounds = options.rounds ?? program.rounds;
  const contestants = [
    ...program.ways.map((way) => ({
      label: `tidegate${way.suffix}`,
      time: () => host.firstResponse(program, way),
    })),
    { label: plain, time: () => host.firstResponsePlain(program) },
  ];
  const times = new Map<string, number[]>(contestants.map(({ label }) => [label, []]));
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    const told: string[] = [];
    for (const { label, time } of rotated(contestants, round + warmUpRounds)) {
      const ms = await time();
      if (round >= 0) times.get(label)?.push(ms);
      told.push(`${label} ${ms.toFixed(1)} ms`);
    }
    options.log(`${program.name} ${round < 0 ? "warm-up" : `${round + 1}/${rounds}`}: ${told.sort().join(", ")}`);
  }
  const ratios = ratiosOf(program, times);
  const former = formerRatios[name];
  if (former !== undefined) ratios[former] = medianRatio(times.get("tidegate") ?? [], times.get(plain) ?? []);
  return {
    rows: [...times].map(([how, values]) => ({
      program: program.name,
      how,
      p50: median(values),
      p90: quantile(values, 0.9),
      p99: quantile(values, 0.99),
      min: quantile(values, 0),
      max: quantile(values, 1),
      rounds: values.length,
    })),
    ratios,
    problems: [...host.problems, ...host.unforkedProblems.map((each) => `${program.name}: ${each}`)],
  };
}

/** Quantiles of ours divided by the same quantiles of theirs. */
function ratiosOf(program: ColdProgram, times: Times): Record<string, number> {
  const of = (label: string, part: number): number => quantile(times.get(label) ?? [], part);
  return Object.fromEntries(
    program.ways.flatMap(({ suffix }) =>
      [50, 99].map((percent) => {
        const ratio = of(`tidegate${suffix}`, percent / 100) / of(plain, percent / 100);
        return [`${program.name}${suffix}_p${percent}_vs_node`, ratio] as const;
      }),
    ),
  );
}
