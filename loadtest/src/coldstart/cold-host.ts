import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../../examples/harness/free-port.ts";
import { Stops } from "../benches/bench.ts";
import { generate } from "../generator/generate.ts";
import { type Address, addressOf } from "../generator/http-connection.ts";
import { sendSingle, singleRequest } from "../generator/single-request.ts";
import { spawnApp } from "../program/app-process.ts";
import { type HostProcess, startHostProcess } from "../program/host-process.ts";
import { forkPoints, settledTemplates } from "../program/templates.ts";
import {
  type ColdProgram,
  type ColdProgramName,
  type ColdWay,
  coldFunctions,
  coldProgram,
  functionName,
  neighbour,
  neighbourFunction,
} from "./programs.ts";

/** Requests to the neighbour at the beginning, in seconds and connections: a host that runs has served some. */
const warmUp = { seconds: 2, connections: 16 } as const;
/** And right before each measurement, one after another. */
const stirs = 10;

/** After zero instances, or the end of a process, so that its exit costs the next measurement nothing. */
const settleMs = 200;
/** Longest wait for zero instances, in milliseconds. */
const zeroTimeoutMs = 30_000;
/** Pause after a refused connection, in milliseconds: short, but the program that is awaited needs the processor too. */
const retryPauseMs = 1;
/** Longest wait for a plain program, in milliseconds. */
const plainTimeoutMs = 30_000;

/** A running host with a program, and how long the first responses of new instances take. */
export class ColdHost {
  /** What keeps its functions from being forked, one sentence each. */
  readonly problems: readonly string[];
  readonly #host: HostProcess;
  readonly #address: Address;
  /** Instances that answered first, and those of them that were not forked. */
  #measured = 0;
  #unforked = 0;

  constructor(host: HostProcess, problems: readonly string[]) {
    this.#host = host;
    this.#address = addressOf(host.url);
    this.problems = problems;
  }

  /** How many of the measured instances were no forks: then it is something else that was measured. */
  get unforkedProblems(): string[] {
    if (this.#unforked === 0) return [];
    return [`${this.#unforked} of ${this.#measured} measured instances were started as processes`];
  }

  /** Milliseconds from connecting until the response is whole, with no instance running. */
  async firstResponse(program: ColdProgram, way: ColdWay): Promise<number> {
    const name = functionName(program, way);
    const request = program.request(name);
    await this.#untilZero(name);
    if (this.problems.length === 0) await settledTemplates(this.#host, [name]);
    await pause(settleMs);
    await this.#stir();
    const startedAt = performance.now();
    const { wholeAt } = await sendSingle(this.#address, request);
    await this.#countForked(name);
    return wholeAt - startedAt;
  }

  /** Milliseconds from spawning `node FILE` until its first response is whole, asked all the time. */
  async firstResponsePlain(program: ColdProgram): Promise<number> {
    const port = await freePort();
    const request = program.request("127.0.0.1");
    await pause(settleMs);
    await this.#stir();
    const startedAt = performance.now();
    const process = spawnApp(program.file, port, program.env);
    try {
      return (await untilAnswered({ host: "127.0.0.1", port }, request)) - startedAt;
    } finally {
      await process.stop();
    }
  }

  /** Lets gateway and this process do what they do for every request, so that neither is cold. */
  async #stir(): Promise<void> {
    for (let count = stirs; count > 0; count -= 1) await sendSingle(this.#address, singleRequest(neighbour, "/"));
  }

  async #untilZero(name: string): Promise<void> {
    const until = performance.now() + zeroTimeoutMs;
    for (;;) {
      const left = (await this.#host.snapshot()).instances.filter((each) => each.function === name);
      if (left.length === 0) return;
      if (performance.now() > until) {
        throw new Error(`Cannot measure a cold start: ${left.length} instances after ${zeroTimeoutMs} ms`);
      }
      await pause(20);
    }
  }

  async #countForked(name: string): Promise<void> {
    const started = (await this.#host.snapshot()).instances.find((each) => each.function === name);
    if (started === undefined) return;
    this.#measured++;
    if (started.start !== "fork") this.#unforked++;
  }
}

/** Runs a program in all its ways on one host whose templates are ready, has it used, and stops all. */
export async function withColdHost<T>(
  name: ColdProgramName,
  log: (line: string) => void,
  use: (program: ColdProgram, host: ColdHost) => Promise<T>,
): Promise<T> {
  const stops = new Stops();
  const dir = await mkdtemp(join(tmpdir(), "tidegate-bench-"));
  try {
    const program = coldProgram(name, dir);
    await program.prepare();
    const functions = coldFunctions([program]);
    const host = stops.add(await startHostProcess([neighbourFunction, ...functions]));
    await generate({ url: host.url, host: neighbour, ...warmUp });
    const problems = await settledTemplates(
      host,
      functions.map((each) => each.name),
    );
    for (const line of await forkPoints(host)) log(line);
    return await use(program, new ColdHost(host, problems));
  } finally {
    await stops.all();
    await rm(dir, { recursive: true, force: true });
  }
}

async function untilAnswered(address: Address, request: ReturnType<typeof singleRequest>): Promise<number> {
  const until = performance.now() + plainTimeoutMs;
  for (;;) {
    const answer = await sendSingle(address, request).catch((error: NodeJS.ErrnoException) => error);
    if (!(answer instanceof Error)) return answer.wholeAt;
    if (answer.code !== "ECONNREFUSED" || performance.now() > until) throw answer;
    await pause(retryPauseMs);
  }
}
