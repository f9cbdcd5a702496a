import { readTakeover, type SuccessorCommand, type Takeover } from "@tidegate/host";
import { restartCommand } from "./restart-command.ts";

/** Where a command writes. */
export interface Output {
  write(text: string): unknown;
  /** Whether a person watches, on a terminal. Default false. */
  readonly isTTY?: boolean;
  /** Width of the terminal in columns. */
  readonly columns?: number;
}

/** Signals that a command heeds. */
export type HeededSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGUSR2";

/** What a command knows of the world, so that tests run it in their own process. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: NodeJS.ProcessEnv;
  /** Folder that paths are relative to, absolute. */
  readonly cwd: string;
  /** Calls `listener` on each signal, which then no longer ends the process; returns the release. */
  onSignal(listener: (signal: HeededSignal) => void): () => void;
  /** Calls `listener` with errors that nobody caught, which then no longer end the process; returns the release. */
  onFault(listener: (error: unknown) => void): () => void;
  /** Starts this command once more, in a process of its own; null where it has none to be replaced. */
  readonly restart: SuccessorCommand | null;
  /** What a host before this process left to it; null without one. */
  takeover(): Takeover | null;
}

const heededSignals: readonly HeededSignal[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"];

/** The world of this process. */
export function processIo(): Io {
  let takeover: Takeover | null | undefined;
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    onSignal: (listener) => {
      for (const signal of heededSignals) process.on(signal, listener);
      return () => {
        for (const signal of heededSignals) {
          // The process is about to end; one more Ctrl-C must not change how.
          process.on(signal, () => {});
          process.off(signal, listener);
        }
      };
    },
    onFault: (listener) => {
      // A rejection that nobody handles is raised as such an exception, too.
      process.on("uncaughtException", listener);
      return () => void process.off("uncaughtException", listener);
    },
    restart: restartCommand(),
    takeover: () => {
      takeover ??= readTakeover();
      return takeover;
    },
  };
}
