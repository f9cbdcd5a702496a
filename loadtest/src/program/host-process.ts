import { once } from "node:events";
import type { InstanceInfo } from "@tidegate/core";
import type { FunctionOptions, HostCounters, HostOptions } from "@tidegate/host";
import { startProgram } from "./child-program.ts";

/** What a host looks like now. */
export interface HostSnapshot {
  readonly instances: readonly InstanceInfo[];
  readonly counters: HostCounters;
}

/** A host in a process of its own. */
export interface HostProcess {
  readonly url: string;
  readonly pid: number;
  /** Rejects when the host has ended. */
  snapshot(): Promise<HostSnapshot>;
  /** Resolves when the host has stopped all instances and ended. */
  stop(): Promise<void>;
}

/** Starts a host with these functions, and other options that JSON can carry, on a free port of 127.0.0.1. */
export async function startHostProcess(
  functions: readonly FunctionOptions[],
  options: Omit<HostOptions, "functions"> = {},
): Promise<HostProcess> {
  const text = JSON.stringify({ ...options, functions });
  const program = await startProgram(new URL("./host-program.ts", import.meta.url), [text]);
  const ended = once(program.process, "exit").then(([code, signal]): never => {
    throw new Error(`Cannot ask the host: ended with ${signal ?? code}`);
  });
  // Whoever waits for a snapshot hears of it; an end after the last one is no news.
  ended.catch(() => undefined);
  return {
    url: program.url,
    pid: program.process.pid ?? 0,
    stop: program.stop,
    async snapshot() {
      const answer = once(program.process, "message");
      program.process.send("snapshot");
      const [snapshot] = await Promise.race([answer, ended]);
      return snapshot;
    },
  };
}
