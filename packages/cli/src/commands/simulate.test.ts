import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { recordHead } from "@tidegate/core";
import { afterEach, describe, expect, it } from "vitest";
import { run } from "../run.ts";
import { createFolder, createTestIo } from "../testing/test-io.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly folder: string;
}

async function simulate(argv: readonly string[], files: Record<string, string> = {}): Promise<Outcome> {
  const [folder, remove] = await createFolder(files);
  cleanups.push(remove);
  const io = createTestIo({ cwd: folder });
  const code = await run(["simulate", ...argv], io);
  return { code, out: io.out.text(), err: io.err.text(), folder };
}

interface Totals {
  readonly invocations: number;
  readonly starts: number;
  readonly coldStarts: number;
  readonly instanceSeconds: number;
  readonly gbSeconds: number;
  readonly waitP99Ms: number;
  readonly maxInstances: number;
}

interface Result {
  readonly source: string;
  readonly unserved: number;
  readonly durationMs: number;
  readonly tookMs: number;
  readonly policies: {
    readonly policy: string;
    readonly totals: Totals;
    readonly functions: { readonly name: string; readonly totals: Totals }[];
  }[];
}

async function simulateJson(argv: readonly string[], files: Record<string, string> = {}): Promise<Result> {
  const { code, out, err } = await simulate([...argv, "--json"], files);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out);
}

/** One invocation of each function each second for a minute, 200 ms long, with a request that was refused. */
const twoFunctions =
  recordHead +
  Array.from(
    { length: 60 },
    (_, second) => `${second * 1_000},shop,200,0,0,0,200\n${second * 1_000},blog,200,0,0,0,200\n`,
  ).join("") +
  "60000,shop,,0,0,0,503\n";

describe("tidegate simulate", () => {
  it("compares all policies on a recording: a chart and a table", async () => {
    const { code, out } = await simulate(["--trace", "trace.csv"], { "trace.csv": twoFunctions });
    expect(code).toBe(0);
    expect(out).toContain("trace.csv: 120 invocations of 2 functions within 59 s; an instance starts in 200 ms");
    expect(out).toContain("1 invocation of it never reached an instance: left out");
    expect(out).toMatch(/^in flight, queued {2}.*0 to /m);
    expect(out).toMatch(/^tide instances .*0 to 2$/m);
    expect(out).toMatch(/^policy {2}wait p50 ms {2}p99 ms/m);
    expect(out).toMatch(/^tide +\d/m);
    expect(out).toMatch(/^kpa +\d/m);
    expect(out).toMatch(/^Simulated .* of tide and kpa in \d+ ms$/m);
  });

  it("simulates each function on its own and adds up", async () => {
    const result = await simulateJson(["--trace", "trace.csv", "--policy", "tide", "--memory", "512mb"], {
      "trace.csv": twoFunctions,
    });
    expect(result).toMatchObject({ source: "trace.csv", unserved: 1, durationMs: 59_000 });
    const [tide] = result.policies;
    expect(tide?.functions.map(({ name }) => name)).toEqual(["blog", "shop"]);
    const [blog, shop] = tide?.functions ?? [];
    expect(tide?.totals).toMatchObject({ invocations: 120, starts: 2, coldStarts: 2, maxInstances: 2, waitP99Ms: 200 });
    expect(tide?.totals.instanceSeconds).toBeCloseTo(
      (blog?.totals.instanceSeconds ?? 0) + (shop?.totals.instanceSeconds ?? 0),
      6,
    );
    expect(tide?.totals.gbSeconds).toBeCloseTo((tide?.totals.instanceSeconds ?? 0) / 2, 6);
  });

  it("takes one function, also by the beginning of its name, and policies in any order", async () => {
    const files = { "trace.csv": twoFunctions };
    const result = await simulateJson(
      ["--trace", "trace.csv", "--function", "sh", "--policy", "kpa", "--policy=tide,kpa"],
      files,
    );
    expect(result.policies.map(({ policy }) => policy)).toEqual(["kpa", "tide"]);
    expect(result.policies[0]?.functions.map(({ name }) => name)).toEqual(["shop"]);
  });

  it("reads comma-separated values of seconds", async () => {
    const trace = "app,func,end_timestamp,duration\na,f,10.5,0.5\na,f,20.5,0.5\n";
    const { policies } = await simulateJson(["--trace", "t.csv", "--start-time", "1s"], { "t.csv": trace });
    expect(policies[0]?.functions[0]?.name).toBe("a/f");
    expect(policies[0]?.totals).toMatchObject({ invocations: 2, waitP99Ms: 1_000 });
  });

  it("takes scaling from a tidegate.yaml, changed by options", async () => {
    const yaml = "functions:\n  shop:\n    entry: server.js\n    concurrency: 1\n    scaling: { min: 3 }\n";
    const files = { "trace.csv": twoFunctions, "tidegate.yaml": yaml, "server.js": "" };
    const argv = ["--trace", "trace.csv", "--config", "tidegate.yaml", "--policy", "kpa", "--function", "blog"];
    const { policies } = await simulateJson(argv, files);
    expect(policies[0]?.totals).toMatchObject({ starts: 3, maxInstances: 3 });
    const changed = await simulateJson([...argv, "--min", "2"], files);
    expect(changed.policies[0]?.totals).toMatchObject({ starts: 2, maxInstances: 2 });
  });

  it("generates shapes, the same for the same seed", async () => {
    const [first, again, other] = await Promise.all(
      ["1", "1", "2"].map((seed) => simulateJson(["--shape", "sparse", "--policy", "tide", "--seed", seed])),
    );
    expect(first?.policies).toEqual(again?.policies);
    expect(first?.policies).not.toEqual(other?.policies);
    expect(first?.durationMs).toBe(6 * 3_600_000);
  });

  it("replays an hour of hundreds of thousands of invocations in seconds", async () => {
    const { policies, tookMs } = await simulateJson(["--shape", "tide", "--concurrency", "10"]);
    expect(policies[0]?.totals.invocations).toBeGreaterThan(300_000);
    expect(tookMs).toBeLessThan(20_000);
  });

  it("writes the chart as SVG", async () => {
    const { folder } = await simulate(["--shape", "sparse", "--svg", "chart.svg"]);
    const svg = await readFile(join(folder, "chart.svg"), "utf8");
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain("kpa instances");
  });
});

describe("tidegate simulate refuses", () => {
  const files = {
    "trace.csv": twoFunctions,
    "broken.csv": "app,func,end_timestamp,duration\na,f,1,2\na,f,x,2\n",
    "empty.csv": "",
    "tidegate.yaml": "functions:\n  a: { entry: a.js, routes: [/a] }\n  b: { entry: a.js, routes: [/b] }\n",
    "a.js": "",
  };
  it.each<[name: string, argv: string[], message: string, code?: string]>([
    ["nothing to simulate", [], "Cannot simulate nothing: expected --trace FILE or --shape NAME"],
    ["two sources", ["--trace", "x", "--shape", "tide"], "Cannot simulate both a trace and a shape"],
    ["an unknown shape", ["--shape", "tied"], 'Unknown shape "tied"; did you mean "tide"?'],
    ["an unknown policy", ["--shape", "tide", "--policy", "hpa"], 'Unknown policy "hpa"; did you mean "kpa"?'],
    [
      "a seed for a trace",
      ["--trace", "trace.csv", "--seed", "1"],
      'Cannot use "--seed" with a trace: it is for a shape',
    ],
    ["no scale", ["--shape", "tide", "--scale", "0"], 'Cannot read option "--scale": expected a number above 0'],
    [
      "no memory",
      ["--shape", "tide", "--memory", "much"],
      'Cannot read option "--memory": expected a size such as "64mb"',
    ],
    [
      "bounds that contradict",
      ["--shape", "tide", "--min", "20"],
      "minInstances must not exceed maxInstances: 20 > 10",
    ],
    [
      "an unknown function",
      ["--trace", "trace.csv", "--function", "shob"],
      'the trace has none of this name; did you mean "shop"?',
    ],
    ["a missing trace", ["--trace", "no.csv"], 'Cannot read trace "no.csv": no such file', "TIDEGATE_TRACE_NOT_FOUND"],
    ["a folder", ["--trace", "."], 'Cannot read trace ".": it is a folder', "TIDEGATE_TRACE_NOT_FOUND"],
    [
      "an empty trace",
      ["--trace", "empty.csv"],
      'Cannot read trace "empty.csv": it is empty',
      "TIDEGATE_TRACE_INVALID",
    ],
    [
      "a malformed trace",
      ["--trace", "broken.csv"],
      'Cannot read trace "broken.csv": line 3 has',
      "TIDEGATE_TRACE_INVALID",
    ],
    ["a missing configuration", ["--shape", "tide", "--config", "no.yaml"], '"no.yaml"', "TIDEGATE_CONFIG_NOT_FOUND"],
    [
      "a function that the configuration does not have",
      ["--trace", "trace.csv", "--config", "tidegate.yaml"],
      'Cannot simulate function "blog": "tidegate.yaml" has 2 functions, none of this name',
    ],
    [
      "a chart that cannot be written",
      ["--shape", "sparse", "--svg", "no/x.svg"],
      'Cannot write the chart to "no/x.svg"',
    ],
    ["an argument", ["trace.csv"], 'Unexpected argument "trace.csv"'],
  ])("%s", async (_name, argv, message, code = "TIDEGATE_USAGE") => {
    const outcome = await simulate(argv, files);
    expect(outcome.err).toContain(message);
    expect(outcome.err).toContain(code);
    expect([outcome.code, outcome.out]).toEqual([2, ""]);
  });
});

it("looks at all policies until the last has come to rest, where instances are kept", async () => {
  const trace = "app,func,end_timestamp,duration\na,f,1,0.5\na,f,10,0.5\n";
  const { policies } = await simulateJson(["--trace", "t.csv", "--min", "1", "--max", "1"], { "t.csv": trace });
  const seconds = policies.map(({ totals }) => totals.instanceSeconds);
  expect(seconds[0]).toBeGreaterThan(10);
  expect(seconds[0]).toBeCloseTo(seconds[1] ?? 0, 0);
});
