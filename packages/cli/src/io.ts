/** Where a command writes. */
export interface Output {
  write(text: string): unknown;
  /** Whether a person watches, on a terminal. Default false. */
  readonly isTTY?: boolean;
  /** Width of the terminal in columns. */
  readonly columns?: number;
}

/** Signals that ask a command to end. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What a command knows of the world, so that tests run it in their own process. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: NodeJS.ProcessEnv;
  /** Folder that paths are relative to, absolute. */
  readonly cwd: string;
  /** Calls `listener` on each signal, which then no longer ends the process; returns the release. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
}

const stopSignals: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** The world of this process. */
export function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    onSignal: (listener) => {
      for (const signal of stopSignals) process.on(signal, listener);
      return () => {
        for (const signal of stopSignals) process.off(signal, listener);
      };
    },
  };
}
