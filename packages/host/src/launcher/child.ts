import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { endWithHost } from "./host-watch.ts";
import type { Exit } from "./launcher.ts";
import { createLineReader } from "./line-reader.ts";
import { killBeforeHost } from "./oom-score.ts";

/** How many of an instance's last lines are kept to explain why it died. */
const lastWordCount = 20;

/** Descriptor of the control stream in a child that has one: the first after the standard ones. */
export const controlFd = 3;

export interface Child {
  readonly pid: number | null;
  /** The host's end of the control stream; null without. */
  readonly control: Duplex | null;
  readonly ended: Promise<Exit>;
  readonly exited: Promise<Exit>;
  readonly lastWords: () => readonly string[];
  readonly signal: (signal: NodeJS.Signals) => void;
}

/**
 * Spawns a process of an instance as leader of its own process group: Ctrl-C on the host's terminal must reach the
 * host alone, which then drains, and a signal to an instance must reach all it started.
 *
 * @throws what the system says where it refuses at once, with its `code`; what it says later is the cause of the exit
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
  if (child.pid !== undefined) killBeforeHost(child.pid);
  const exited = exitOf(child);
  let isGone = false;
  void exited.then(() => {
    isGone = true;
  });
  return {
    pid: child.pid ?? null,
    // Without descriptors left, Node makes no streams at all.
    control: (child.stdio?.[controlFd] as Duplex | null | undefined) ?? null,
    ended: endOf(child),
    exited,
    lastWords: () => words,
    signal: (signal) => {
      // Its number may be another process's by now.
      if (!isGone) signalGroup(child.pid, signal);
    },
  };
}

function endOf(child: ChildProcess): Promise<Exit> {
  return new Promise<Exit>((resolve) => {
    child.once("error", (cause) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, cause });
    });
    child.once("exit", (code, signal) => resolve({ code, signal, cause: null }));
  });
}

function exitOf(child: ChildProcess): Promise<Exit> {
  const release = child.pid === undefined ? null : endWithHost(child.pid);
  const exited = new Promise<Exit>((resolve) => {
    child.once("error", (cause) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, cause });
    });
    // "close", not "exit": only then has everything it wrote been read.
    child.once("close", (code, signal) => resolve({ code, signal, cause: null }));
    // A grandchild may hold the output open long after: do not wait for it for more than a moment.
    child.once("exit", (code, signal) => setTimeout(() => resolve({ code, signal, cause: null }), 200).unref());
  });
  return exited.finally(() => {
    // What the process left behind in its group must not outlive it.
    signalGroup(child.pid, "SIGKILL");
    release?.();
  });
}

function signalGroup(group: number | undefined, signal: NodeJS.Signals): void {
  if (group === undefined) return;
  try {
    process.kill(-group, signal);
  } catch {
    // ESRCH: the whole group is gone already.
  }
}
