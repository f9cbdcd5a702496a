import { fork } from "node:child_process";
import { once } from "node:events";
import type { Answer } from "./answer.ts";

const program = new URL("../program/adapter-child.ts", import.meta.url);

/** One contestant for one row, in a process of its own. */
export interface ContestantProcess {
  readonly name: string;
  /** Its answer to the row's event. */
  answer(): Promise<Answer>;
  /** Microseconds of one call, called for this long. */
  time(seconds: number): Promise<number>;
  /** Bytes in use after this many more calls and a collection. */
  memoryAfter(calls: number): Promise<{ readonly heapUsed: number; readonly rss: number }>;
  stop(): Promise<void>;
}

/** Starts a contestant. */
export async function startContestant(name: string, row: string): Promise<ContestantProcess> {
  const child = fork(program, [name, row], {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const ended = once(child, "exit").then(([code, signal]): never => {
    throw new Error(`Cannot ask "${name}" for ${row}: ended with ${signal ?? code}`);
  });
  // Who asks hears of it; an end after the last question is no news.
  ended.catch(() => undefined);
  const reply = async (): Promise<unknown> => {
    const [{ value, error }] = await Promise.race([once(child, "message"), ended]);
    if (error !== undefined) throw new Error(`Cannot measure "${name}" for ${row}: ${error}`);
    return value;
  };
  const ask = async (type: string, amount = 0): Promise<unknown> => {
    child.send({ type, amount });
    return await reply();
  };
  await reply();
  return {
    name,
    answer: async () => (await ask("answer")) as Answer,
    time: async (seconds) => (await ask("time", seconds)) as number,
    memoryAfter: async (calls) => (await ask("memory", calls)) as NodeJS.MemoryUsage,
    async stop() {
      child.kill("SIGTERM");
      await ended.catch(() => undefined);
    },
  };
}
