import { readFileSync, watch } from "node:fs";
import { readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GroupUsage } from "../launcher/process-groups.ts";
import { residentBytes } from "../launcher/process-groups.ts";

/** What takes longer to die, such as a process that waits for a broken disk, is no longer waited for; in milliseconds. */
const patienceMs = 1_000;

/**
 * The control group of one instance: whatever its process starts is in it, and stays in it, wherever it moves in sessions
 * and process groups. Files and their meaning: https://docs.kernel.org/admin-guide/cgroup-v2.html.
 */
export class InstanceGroup {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The file by which a process enters: its id is written there, or 0 by itself. */
  get entrance(): string {
    return join(this.folder, "cgroup.procs");
  }

  /**
   * Moves a process in; what it starts from then on is in it as well. May take milliseconds: the kernel waits until no
   * processor looks at the process's groups. A process that is gone, or may not be moved, stays where it is.
   */
  async enter(pid: number): Promise<void> {
    await writeFile(this.entrance, String(pid)).catch(() => {});
  }

  /** What its processes use, those that ended included in the time; null when it has none, or that is not known. */
  async usage(): Promise<GroupUsage | null> {
    const files = ["cgroup.procs", "cpu.stat", "memory.current"] as const;
    const [procs, stat, current] = await Promise.all(files.map((file) => this.#read(file)));
    const pids = procs?.match(/\d+/g) ?? [];
    const cpuMs = numberIn(stat ?? null, "usage_usec") / 1000;
    if (pids.length === 0 || Number.isNaN(cpuMs)) return null;
    return { cpuMs, memoryBytes: current ? await this.#chargedBytes(current) : sumOfResident(pids) };
  }

  /** Whether Linux has killed a process of it because memory ran out, its own or the machine's; null where nobody counts. */
  get hasRunOutOfMemory(): boolean | null {
    try {
      return numberIn(readFileSync(join(this.folder, "memory.events"), "utf8"), "oom_kill") > 0;
    } catch {
      return null; // the memory controller is not on, or the group is gone
    }
  }

  /** Kills what is left in it, and removes it. Resolves when it is gone, or what is left takes too long to die. */
  async end(): Promise<void> {
    if (await removeGroup(this.folder)) return;
    await writeFile(join(this.folder, "cgroup.kill"), "1").catch(() => {});
    await this.#emptied();
    await removeGroup(this.folder);
  }

  /** Memory without what the kernel would give up at once: files it keeps that are not in use. */
  async #chargedBytes(current: string): Promise<number> {
    const inactive = numberIn(await this.#read("memory.stat"), "inactive_file");
    return Math.max(0, Number(current) - (inactive || 0));
  }

  /** The kernel tells of a change of `cgroup.events` as of a file that is written. */
  #emptied(): Promise<void> {
    const events = join(this.folder, "cgroup.events");
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, patienceMs);
    const look = (): void => {
      if (!isPopulated(events)) resolve();
    };
    let release = (): void => {};
    try {
      const watcher = watch(events, look).on("error", () => {});
      release = () => watcher.close();
    } catch {
      // The group is gone, or there is no watch left for this user: then it is looked at once more when patience ends.
    }
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      release();
    });
  }

  #read(file: string): Promise<string | null> {
    return readFile(join(this.folder, file), "utf8").catch(() => null);
  }
}

/**
 * Removes a group without processes, and those that its processes made in it.
 * @returns whether it is gone
 */
export async function removeGroup(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
  }
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = entries.filter((entry) => entry.isDirectory());
  if (below.length === 0) return false;
  for (const { name } of below) await removeGroup(join(folder, name));
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}

function sumOfResident(pids: readonly string[]): number {
  return pids.reduce((sum, pid) => sum + residentBytes(pid), 0);
}

/** The number behind a key of a file such as "populated 1"; not a number without. */
function numberIn(text: string | null, key: string): number {
  const found = new RegExp(`^${key} (\\d+)$`, "m").exec(text ?? "")?.[1];
  return found === undefined ? Number.NaN : Number(found);
}

function isPopulated(events: string): boolean {
  try {
    return numberIn(readFileSync(events, "utf8"), "populated") > 0;
  } catch {
    return false; // it is gone
  }
}
