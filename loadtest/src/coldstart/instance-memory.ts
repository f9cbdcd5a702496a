import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../../examples/harness/free-port.ts";
import { type Rows, Stops } from "../benches/bench.ts";
import type { BenchPart, PartResult } from "../benches/part.ts";
import type { RunOptions } from "../command.ts";
import type { Endpoint } from "../generator/http-connection.ts";
import { type SingleRequest, sendSingle } from "../generator/single-request.ts";
import { spawnApp } from "../program/app-process.ts";
import { firstResponse } from "../program/first-response.ts";
import { type HostProcess, startHostProcess } from "../program/host-process.ts";
import { socketOfInstance } from "../program/instance-sockets.ts";
import { megabytes, memoryOf, type ProcessMemory } from "../program/process-memory.ts";
import { descendantsOf } from "../program/process-tree.ts";
import { settledTemplates } from "../program/templates.ts";
import { type ColdProgram, coldFunctions, coldProgram } from "./programs.ts";

/** Instances at once; `--connections` overrides it. */
const defaultCount = 50;
/** Requests that each has answered before it is looked at: what it keeps, not what its load of garbage is. */
const requestsEach = 1;
/** Until what only the requests needed has been given back, as far as it is, in milliseconds. */
const settleMs = 1_000;
/** Longest wait for all instances, in milliseconds. */
const readyMs = 60_000;

const names = ["express", "next", "shop"] as const;

/** Memory of instances that have answered requests, forked and plain. */
export const instanceMemoryPart: BenchPart = {
  name: "memory",
  title: "Memory of an instance that has answered a request, in megabytes of a million bytes",
  async run(options) {
    const results: PartResult[] = [];
    for (const name of names) {
      const dataDir = await mkdtemp(join(tmpdir(), "tidegate-bench-"));
      try {
        const program = coldProgram(name, dataDir);
        await program.prepare();
        results.push(await measure(program, dataDir, options));
      } finally {
        await rm(dataDir, { recursive: true, force: true });
      }
    }
    return {
      rows: results.flatMap(({ rows }) => rows),
      ratios: Object.assign({}, ...results.map(({ ratios }) => ratios)),
      problems: results.flatMap(({ problems = [] }) => problems),
    };
  },
};

async function measure(program: ColdProgram, dir: string, { connections, log }: RunOptions): Promise<PartResult> {
  const count = connections ?? defaultCount;
  const forked = await measureForked(program, join(dir, "run"), count);
  const plain = await measurePlain(program, count);
  const rows = [rowOf(program, "forked", forked.instances), rowOf(program, "node server.js", plain)];
  for (const row of rows) log(`${row.program} ${row.process}: ${row.pss.toFixed(1)} MB each of ${row.processes}`);
  const others: Rows = [
    rowOf(program, "template", forked.template),
    rowOf(program, "child ahead, watch", forked.others),
    rowOf(program, "host", forked.host),
  ];
  const [ours, theirs] = rows.map(({ pss }) => pss);
  return {
    rows: [...rows, ...others],
    ratios: {
      [`${program.name}_pss_mb`]: ours ?? 0,
      [`${program.name}_pss_mb_plain`]: theirs ?? 0,
      [`${program.name}_pss_vs_node`]: (ours ?? 0) / (theirs ?? 0),
    },
    problems: forked.problems,
  };
}

interface Forked {
  readonly instances: readonly ProcessMemory[];
  readonly template: readonly ProcessMemory[];
  /** All other processes of the host. */
  readonly others: readonly ProcessMemory[];
  readonly host: readonly ProcessMemory[];
  readonly problems: readonly string[];
}

async function measureForked(program: ColdProgram, runtimeDir: string, count: number): Promise<Forked> {
  const [way] = coldFunctions([program]);
  if (way === undefined) throw new Error(`Cannot measure "${program.name}": it is not served`);
  const scaling = { minInstances: count, provisioned: count, maxInstances: count };
  const host = await startHostProcess([{ ...way, scaling }], { runtimeDir });
  try {
    const problems = await settledTemplates(host, [way.name]);
    const instances = await readyInstances(host, count);
    const unforked = instances.filter(({ start }) => start !== "fork").length;
    if (unforked > 0) problems.push(`${unforked} of ${count} instances of "${way.name}" were started as processes`);
    for (const { instance } of instances) {
      await ask({ path: socketOfInstance(runtimeDir, instance) }, program.request(way.name));
    }
    await pause(settleMs);
    const pids = instances.map(({ pid }) => pid ?? 0);
    const templates = (await host.snapshot()).functions.flatMap(({ template: { pid } }) => (pid === null ? [] : [pid]));
    const others = descendantsOf(host.pid).filter((pid) => !pids.includes(pid) && !templates.includes(pid));
    return {
      instances: memoriesOf(pids),
      template: memoriesOf(templates),
      others: memoriesOf(others),
      host: memoriesOf([host.pid]),
      problems,
    };
  } finally {
    await host.stop();
  }
}

async function readyInstances(host: HostProcess, count: number) {
  const until = performance.now() + readyMs;
  for (;;) {
    const ready = (await host.snapshot()).instances.filter(({ state }) => state === "ready");
    if (ready.length === count) return ready;
    if (performance.now() > until)
      throw new Error(`Cannot measure memory: ${ready.length} of ${count} instances ready`);
    await pause(20);
  }
}

async function measurePlain(program: ColdProgram, count: number): Promise<ProcessMemory[]> {
  const stops = new Stops();
  try {
    const pids: number[] = [];
    for (let made = 0; made < count; made += 1) {
      const port = await freePort();
      const app = stops.add(spawnApp(program.file, port, program.env));
      await firstResponse(app.address);
      await ask({ host: "127.0.0.1", port }, program.request("127.0.0.1"));
      pids.push(app.pid);
    }
    await pause(settleMs);
    return memoriesOf(pids);
  } finally {
    await stops.all();
  }
}

async function ask(endpoint: Endpoint, request: SingleRequest): Promise<void> {
  for (let count = requestsEach; count > 0; count -= 1) await sendSingle(endpoint, request);
}

function memoriesOf(pids: readonly number[]): ProcessMemory[] {
  return pids.map(memoryOf).filter((memory) => memory !== null);
}

function rowOf(program: ColdProgram, process: string, memories: readonly ProcessMemory[]) {
  const mean = (key: keyof ProcessMemory): number =>
    megabytes(memories.reduce((sum, memory) => sum + memory[key], 0) / Math.max(1, memories.length));
  return {
    program: program.name,
    process,
    processes: memories.length,
    pss: mean("proportional"),
    own: mean("own"),
    resident: mean("resident"),
  };
}
