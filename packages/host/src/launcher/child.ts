import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { enterByShell, type ShellStart } from "../cgroup/enter-by-shell.ts";
import type { InstanceGroup } from "../cgroup/instance-group.ts";
import { OomKills } from "../memory/oom-kills.ts";
import { endWithHost } from "./host-watch.ts";
import type { OutputStream } from "./instance-output.ts";
import type { Exit } from "./launcher.ts";
import { killBeforeHost } from "./oom-score.ts";
import { endGroup, signalGroup, signalProcess } from "./process-group.ts";

/** Descriptor of the control stream in a child that has one: the first after the standard ones. */
export const controlFd = 3;

/** A grandchild may hold the output open long after the process: this long its end is waited for, in milliseconds. */
const outputPatienceMs = 200;

/** Made with the first process. */
let oomKills: OomKills | null = null;

/** A process of an instance, the leader of its own process group. */
export interface Child {
  readonly pid: number | null;
  readonly ended: Promise<Exit>;
  readonly exited: Promise<Exit>;
  readonly signal: (signal: NodeJS.Signals) => void;
}

export interface SpawnedChild extends Child {
  /** The host's end of the control stream; null without. */
  readonly control: Duplex | null;
}

export interface ChildOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Its control group. Default: it stays in the host's. */
  readonly group?: InstanceGroup | null;
  /** Its control stream: none, one that is made for it, or a descriptor of the other end's maker. */
  readonly control: "none" | "pipe" | number;
  readonly onOutput: (stream: OutputStream, chunk: Buffer) => void;
}

/**
 * Spawns a process of an instance as leader of its own process group: Ctrl-C on the host's terminal must reach the
 * host alone, which then drains, and a signal to an instance must reach all it started.
 *
 * @throws what the system says where it refuses at once, with its `code`; what it says later is the cause of the exit
 */
export function spawnChild(command: string, args: readonly string[], options: ChildOptions): SpawnedChild {
  const { cwd, env, group = null, onOutput } = options;
  const direct = { command, args };
  const entering = group === null ? null : enterByShell(group, direct, cwd, env);
  const child = spawnLeader(entering ?? direct, options, group);
  child.stdout?.on("data", (chunk: Buffer) => onOutput("stdout", chunk));
  child.stderr?.on("data", (chunk: Buffer) => onOutput("stderr", chunk));
  const pid = child.pid ?? null;
  if (pid !== null) killBeforeHost(pid);
  // As soon as can be: what it has started by then stays outside.
  if (pid !== null && entering === null) void group?.enter(pid);
  const ended = endOf(child);
  // "close", not "exit": only then has everything it wrote been read.
  const read = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    // Without descriptors left, Node makes no streams at all.
    control: (child.stdio?.[controlFd] as Duplex | null | undefined) ?? null,
    ...superviseChild(pid, ended, read, group),
  };
}

function spawnLeader(
  { command, args }: ShellStart,
  { cwd, env, control }: ChildOptions,
  group: InstanceGroup | null,
): ChildProcess {
  const stdio: StdioOptions = ["ignore", "pipe", "pipe", ...(control === "none" ? [] : [control])];
  try {
    return spawn(command, args, { cwd, env, stdio, detached: true });
  } catch (error) {
    void group?.end();
    throw error;
  }
}

/**
 * Looks after a process until nothing of it is left.
 *
 * @param ended resolves when it has ended; its number is its own until then
 * @param read resolves when all that it wrote has been read
 * @param group its control group, which ends with it
 */
export function superviseChild(
  pid: number | null,
  ended: Promise<Exit>,
  read: Promise<unknown>,
  group: InstanceGroup | null = null,
): Child {
  const release = pid === null ? null : endWithHost(pid);
  let isReaped = false;
  let isGone = false;
  oomKills ??= new OomKills();
  const told = ended.then((exit) => withReason(exit, group));
  const exited = told.then(async (exit) => {
    isReaped = true;
    if (pid === null) {
      await group?.end();
      return exit;
    }
    await Promise.race([read, new Promise((resolve) => setTimeout(resolve, outputPatienceMs).unref())]);
    // What the process left behind in its group must not outlive it.
    const left = Promise.all([endGroup(pid), group?.end()]);
    isGone = true;
    await left;
    release?.();
    return exit;
  });
  return {
    pid,
    ended: told,
    exited,
    signal: (signal) => {
      // Its number may be another process's by now.
      if (isGone || pid === null || signalGroup(pid, signal) || isReaped) return;
      // A child that was forked a moment ago has no group of its own yet, and nothing it could have started.
      signalProcess(pid, signal);
    },
  };
}

/** A process that was killed by Linux looks like one that somebody has killed: only counters tell. */
function withReason(exit: Exit, group: InstanceGroup | null): Exit {
  if (exit.signal !== "SIGKILL") return exit;
  // Asked in any case: the kernel counts what happens in the instance's group above it as well.
  const isAnyKilled = oomKills?.take() ?? false;
  return (group?.hasRunOutOfMemory ?? isAnyKilled) ? { ...exit, outOfMemory: true } : exit;
}

function endOf(child: ChildProcess): Promise<Exit> {
  return new Promise<Exit>((resolve) => {
    child.once("error", (cause) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, cause });
    });
    child.once("exit", (code, signal) => resolve({ code, signal, cause: null }));
  });
}
