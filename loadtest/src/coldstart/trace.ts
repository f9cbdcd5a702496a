import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { BenchPart, PartResult } from "../benches/part.ts";
import type { RunOptions } from "../command.ts";
import { addressOf } from "../generator/http-connection.ts";
import { fieldOf } from "../generator/response-reader.ts";
import { sendSingle, singleRequest } from "../generator/single-request.ts";
import { type HostProcess, startHostProcess } from "../program/host-process.ts";
import { monotonicMs } from "../program/monotonic.ts";
import { settledTemplates } from "../program/templates.ts";
import { median } from "../statistics/quantile.ts";
import { neighbour, neighbourFunction } from "./programs.ts";

const file = fileURLToPath(new URL("../apps/express-traced.js", import.meta.url));
const defaultRounds = 30;
const warmUpRounds = 3;
const settleMs = 200;

/** What happens in a cold start, in this order, and where; all but the first are moments after the request was sent. */
const stages = [
  ["accepted", "host: the connection is there"],
  ["ordered", "host: an instance is wanted, its start begins"],
  ["launched", "host: its process is known"],
  ["forked", "instance: forked and repaired, the app goes on"],
  ["listening", "instance: the app's server listens"],
  ["ready", "host: knows that"],
  ["connecting", "host: connects to it"],
  ["connected", "host: is connected"],
  ["asked", "instance: the app's handler is called"],
  ["answering", "host: the first bytes of the response are there"],
  ["first", "client: its head is there"],
  ["whole", "client: it is whole"],
] as const;

type Stage = (typeof stages)[number][0];
type Marks = Partial<Record<Stage, number>>;

const ways = [
  { name: "traced", warmUp: [] },
  { name: "traced-warm", warmUp: ["/"] },
] as const;

/** Where the time of a cold start goes: moments of host, instance and client on one clock. */
export const tracePart: BenchPart = {
  name: "trace",
  title: "What a cold start of Express consists of: medians, in milliseconds after the request was sent",
  isOnRequest: true,
  async run(options) {
    const functions = ways.map(({ name, warmUp }) => ({
      name,
      entry: { kind: "node", file } as const,
      cwd: dirname(file),
      routes: [{ host: name, path: "/" }],
      warmUp,
      scaling: { idleTimeoutMs: 100 },
    }));
    const host = await startHostProcess([neighbourFunction, ...functions], { isWatched: true });
    try {
      const problems = await settledTemplates(
        host,
        ways.map(({ name }) => name),
      );
      return { ...(await traceAll(host, options)), problems };
    } finally {
      await host.stop();
    }
  },
};

async function traceAll(host: HostProcess, { rounds, log }: RunOptions): Promise<PartResult> {
  const traces = new Map<string, Marks[]>(ways.map(({ name }) => [name, []]));
  for (let round = -warmUpRounds; round < (rounds ?? defaultRounds); round += 1) {
    for (const { name } of ways) {
      const marks = await trace(host, name);
      if (round < 0) continue;
      traces.get(name)?.push(marks);
      log(`${name} ${round + 1}: whole after ${marks.whole?.toFixed(2)} ms`);
    }
  }
  return { rows: [...traces].flatMap(([name, all]) => rowsOf(name, all)) };
}

async function trace(host: HostProcess, name: string): Promise<Marks> {
  while ((await host.snapshot()).instances.some((each) => each.function === name)) await pause(20);
  await pause(settleMs);
  for (let count = 10; count > 0; count -= 1) await sendSingle(addressOf(host.url), singleRequest(neighbour, "/"));
  await host.marks();
  const offset = monotonicMs() - performance.now();
  const sentAt = monotonicMs();
  const { head, firstAt, wholeAt } = await sendSingle(addressOf(host.url), singleRequest(name, "/"));
  const marks: Marks = {
    ...(await host.marks()),
    ...(JSON.parse(fieldOf(head, "x-marks") ?? "{}") as Marks),
    first: firstAt + offset,
    whole: wholeAt + offset,
  };
  return Object.fromEntries(Object.entries(marks).map(([stage, at]) => [stage, at - sentAt]));
}

function rowsOf(name: string, traces: readonly Marks[]) {
  let before = 0;
  return stages.flatMap(([stage, what]) => {
    // What came before the request came in the template, once for all; a process that was not forked was not forked.
    const times = traces.map((marks) => marks[stage] ?? Number.NaN).filter((at) => at >= 0);
    if (times.length === 0) return [];
    const at = median(times);
    const took = at - before;
    before = at;
    return [{ app: name, stage, at, took, what }];
  });
}
