import { setTimeout as pause } from "node:timers/promises";
import type { BenchPart, PartResult } from "../benches/part.ts";
import type { RunOptions } from "../command.ts";
import { generate } from "../generator/generate.ts";
import { addressOf, HttpConnection } from "../generator/http-connection.ts";
import { residentBytesOf } from "../program/process-usage.ts";
import { type Contestant, withContestants } from "./contestants.ts";

/** Kept connections with nothing to do. */
const connections = 5_000;
/** Opened at once: no more, so that none has to be tried again. */
const batch = 100;
/** Until the memory of what was only needed for opening has been given back, as far as it is, in milliseconds. */
const settleMs = 3_000;

interface Memory {
  readonly name: string;
  readonly beforeBytes: number;
  readonly afterBytes: number;
  readonly perConnection: number;
  readonly failed: number;
}

/** Memory that a kept connection costs which has made one request and is idle. */
export const idleConnectionsPart: BenchPart = {
  name: "idle-connections",
  title: `Memory of ${connections.toLocaleString("en-US")} idle connections, each after one request`,
  run: (options) => withContestants(options.log, (contestants) => measureAll(contestants, options)),
};

async function measureAll(contestants: readonly Contestant[], { log }: RunOptions): Promise<PartResult> {
  const all: Memory[] = [];
  for (const { name, url, pid } of contestants) {
    if (pid === null) continue;
    const memory = await measure(name, url, pid);
    log(`${name}: ${(memory.perConnection / 1024).toFixed(2)} KiB a connection`);
    all.push(memory);
  }
  const ours = all.find(({ name }) => name === "tidegate")?.perConnection ?? Number.NaN;
  return {
    rows: all.map(({ name, beforeBytes, afterBytes, perConnection, failed }) => ({
      name,
      "before MiB": beforeBytes / 1024 / 1024,
      "after MiB": afterBytes / 1024 / 1024,
      "KiB/connection": perConnection / 1024,
      failed,
    })),
    ratios: Object.fromEntries(
      all
        .filter(({ name }) => name !== "tidegate")
        .map(({ name, perConnection }) => [`idle_connection_memory_vs_${name}`, ours / perConnection]),
    ),
    problems: all
      .filter(({ failed }) => failed > 0)
      .map(({ name, failed }) => `${name} closed ${failed} idle connections`),
  };
}

async function measure(name: string, url: string, pid: number): Promise<Memory> {
  // A process that has never worked grows by its first work, not by its connections.
  await generate({ url, connections: 64, seconds: 2 });
  await pause(settleMs);
  const beforeBytes = residentBytesOf(pid);
  const open: HttpConnection[] = [];
  while (open.length < connections) {
    open.push(...(await Promise.all(Array.from({ length: batch }, () => idleConnection(url)))));
  }
  await pause(settleMs);
  const afterBytes = residentBytesOf(pid);
  const failed = open.filter(({ isOpen }) => !isOpen).length;
  for (const connection of open) connection.destroy();
  return { name, beforeBytes, afterBytes, perConnection: (afterBytes - beforeBytes) / connections, failed };
}

/** A connection that has made its request; rejects when that got no response. */
function idleConnection(url: string): Promise<HttpConnection> {
  return new Promise((resolve, reject) => {
    const connection = new HttpConnection(addressOf(url), resolve);
    connection.send("GET / HTTP/1.1\r\nHost: bench\r\n\r\n", {
      method: "GET",
      onHead: () => {},
      onBody: () => {},
      onEnd: () => {},
      onBroken: (cause) => reject(cause ?? new Error(`Cannot use a connection to ${url}: it closed it`)),
    });
  });
}
