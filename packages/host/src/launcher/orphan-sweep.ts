import { readdir, readFile } from "node:fs/promises";
import type { Forking } from "@tidegate/fork";
import { isWatched } from "./host-watch.ts";

/** After a child has ended, the next look is this much later, in milliseconds. */
const defaultLookMs = 10_000;

/**
 * Reaps what instances leave behind outside of their groups: a daemon that one started falls to this process when its parent
 * ends, and would stay as a zombie when it ends itself. Nobody else waits for such processes. Node waits for its own children
 * the moment they end, so one that is still a zombie after ten seconds is none of them.
 */
export class OrphanSweep {
  readonly #forking: Forking;
  readonly #lookMs: number;
  #timer: NodeJS.Timeout | null = null;
  /** Zombies that the last look found. */
  #seen: ReadonlySet<number> = new Set();

  constructor(forking: Forking, lookMs: number = defaultLookMs) {
    this.#forking = forking;
    this.#lookMs = lookMs;
  }

  start(): void {
    process.on("SIGCHLD", () => this.#plan());
  }

  #plan(): void {
    this.#timer ??= setTimeout(() => void this.#look(), this.#lookMs).unref();
  }

  async #look(): Promise<void> {
    const zombies = await zombieChildren();
    this.#timer = null;
    for (const pid of zombies) {
      if (this.#seen.has(pid)) this.#reap(pid);
    }
    this.#seen = new Set(zombies);
    if (zombies.length > 0) this.#plan();
  }

  #reap(pid: number): void {
    try {
      this.#forking.watchExit(pid, () => {});
    } catch {
      // It is gone, or there is no descriptor left: the next look finds it again.
    }
  }
}

/** Children of this process that have ended and that nobody has waited for. Empty where the kernel does not list children. */
async function zombieChildren(): Promise<number[]> {
  const zombies: number[] = [];
  for (const thread of await readdir("/proc/self/task").catch(() => [])) {
    const children = await readFile(`/proc/self/task/${thread}/children`, "latin1").catch(() => "");
    for (const text of children.split(" ")) {
      const pid = Number(text);
      // Of the leaders of instances' groups somebody knows when they end: there may be thousands.
      if (pid > 0 && !isWatched(pid) && (await isZombie(pid))) zombies.push(pid);
    }
  }
  return zombies;
}

/** Reads the state in `/proc/PID/stat` (proc_pid_stat(5)): it follows the name in parentheses. */
async function isZombie(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return stat.charAt(stat.lastIndexOf(")") + 2) === "Z";
}
