import { join } from "node:path";
import { type ReadFile, readText } from "./memory-limit.ts";

/**
 * Knows whether Linux has killed a process because memory ran out. A process killed so looks like one that somebody has
 * killed: what tells them apart is that the kernel has counted one more. It counts in the control group of the process, if
 * it does so at all (`memory.events` of v2, `memory.oom_control` of v1), and on the whole machine (`/proc/vmstat`).
 */
export class OomKills {
  readonly #read: ReadFile;
  /** Kills that are known already. */
  #known: number | null;

  /** Kills from now on are told. */
  constructor(read: ReadFile = readText) {
    this.#read = read;
    this.#known = this.#count();
  }

  /** To be asked for each process that SIGKILL has ended: whether there was such a kill that none was asked for before. */
  take(): boolean {
    const count = this.#count();
    if (count === null || this.#known === null || count <= this.#known) return false;
    this.#known++;
    return true;
  }

  #count(): number | null {
    const groups = this.#read("/proc/self/cgroup") ?? "";
    const v1 = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(\/.*)$/m.exec(groups)?.[1];
    const v2 = /^0::(\/.*)$/m.exec(groups)?.[1];
    return (
      (v1 === undefined ? null : this.#counted(join("/sys/fs/cgroup/memory", v1, "memory.oom_control"))) ??
      (v2 === undefined ? null : this.#counted(join("/sys/fs/cgroup", v2, "memory.events"))) ??
      this.#counted("/proc/vmstat")
    );
  }

  #counted(path: string): number | null {
    const count = /^oom_kill (\d+)$/m.exec(this.#read(path) ?? "")?.[1];
    return count === undefined ? null : Number(count);
  }
}
