import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import type { Exit } from "./launcher.ts";
import { createLineReader } from "./line-reader.ts";

/** How many of an instance's last lines are kept to explain why it died. */
const lastWordCount = 20;

export interface Child {
  readonly process: ChildProcess;
  readonly exited: Promise<Exit>;
  readonly lastWords: () => readonly string[];
  readonly signal: (signal: NodeJS.Signals) => void;
}

/**
 * Spawns a process of an instance as leader of its own process group: Ctrl-C on the host's terminal must reach the
 * host alone, which then drains, and a signal to an instance must reach all it started.
 */
export function spawnChild(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, "cwd" | "env"> & { readonly control: boolean },
  onOutput: (stream: "stdout" | "stderr", line: string) => void,
): Child {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe", ...(options.control ? (["pipe"] as const) : [])],
    detached: true,
  });
  const words: string[] = [];
  const remember = (stream: "stdout" | "stderr") => (line: string) => {
    words.push(line);
    if (words.length > lastWordCount) words.shift();
    onOutput(stream, line);
  };
  child.stdout?.on("data", createLineReader(remember("stdout")));
  child.stderr?.on("data", createLineReader(remember("stderr")));
  const exited = new Promise<Exit>((resolve) => {
    child.once("error", (cause) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, cause });
    });
    // "close", not "exit": only then has everything it wrote been read.
    child.once("close", (code, signal) => resolve({ code, signal, cause: null }));
    // A grandchild may hold the output open long after: do not wait for it for more than a moment.
    child.once("exit", (code, signal) => setTimeout(() => resolve({ code, signal, cause: null }), 200).unref());
  });
  return {
    process: child,
    exited,
    lastWords: () => words,
    signal: (signal) => signalGroup(child, signal),
  };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: the whole group is gone already.
  }
}
