import { once } from "node:events";
import type { InstanceInfo } from "@tidegate/core";
import type { FunctionInfo, FunctionOptions, HostCounters, HostOptions } from "@tidegate/host";
import { startProgram } from "./child-program.ts";
import type { HostMarks } from "./host-marks.ts";

/** What a host looks like now. */
export interface HostSnapshot {
  readonly instances: readonly InstanceInfo[];
  readonly counters: HostCounters;
  readonly functions: readonly FunctionInfo[];
  /** Milliseconds that each instance took from its start to ready, in the order in which they became ready. */
  readonly startsMs: readonly number[];
}

/** A host in a process of its own. */
export interface HostProcess {
  readonly url: string;
  readonly pid: number;
  /** Rejects when the host has ended. */
  snapshot(): Promise<HostSnapshot>;
  /** When it did what for the last request, since it was last asked; nothing unless it is watched. */
  marks(): Promise<HostMarks>;
  /** Resolves when the host has stopped all instances and ended; one that takes too long is killed. */
  stop(): Promise<void>;
}

export interface HostProcessOptions extends Omit<HostOptions, "functions"> {
  /** Whether the host is to note when it does what; see `host-marks.ts`. Default false. */
  readonly isWatched?: boolean;
  /** How long it may take to stop, in milliseconds. Default 10000. */
  readonly stopTimeoutMs?: number;
}

/** Starts a host with these functions, and other options that JSON can carry, on a free port of 127.0.0.1. */
export async function startHostProcess(
  functions: readonly FunctionOptions[],
  { isWatched = false, stopTimeoutMs, ...options }: HostProcessOptions = {},
): Promise<HostProcess> {
  const args = [JSON.stringify({ ...options, functions }), ...(isWatched ? ["watched"] : [])];
  const program = await startProgram(new URL("./host-program.ts", import.meta.url), args, { stopTimeoutMs });
  const ended = once(program.process, "exit").then(([code, signal]): never => {
    throw new Error(`Cannot ask the host: ended with ${signal ?? code}`);
  });
  // Whoever waits for a snapshot hears of it; an end after the last one is no news.
  ended.catch(() => undefined);
  const ask = async (what: string) => {
    const answer = once(program.process, "message");
    program.process.send(what);
    const [message] = await Promise.race([answer, ended]);
    return message.answer;
  };
  return {
    url: program.url,
    pid: program.process.pid ?? 0,
    stop: program.stop,
    snapshot: () => ask("snapshot"),
    marks: () => ask("marks"),
  };
}
