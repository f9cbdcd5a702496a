import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { mkdir, readdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HostError } from "../errors.ts";
import { watchCgroup } from "../launcher/host-watch.ts";
import { findDelegatedGroup, findOwnGroup } from "./find-delegated-group.ts";
import { InstanceGroup, removeGroup } from "./instance-group.ts";

/** The group of a host: its process id is in the name. */
const hostGroup = /^tidegate-(\d+)-\d+$/;

let hosts = 0;

/** The control groups of a host's instances: each has one of its own, in one that is the host's. */
export class InstanceGroups {
  /** The group in which those of the instances are. */
  readonly folder: string;
  readonly #unwatch: () => void;
  #made = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.#unwatch = watchCgroup(folder);
  }

  /**
   * Finds out whether instances can have control groups, and makes the one that theirs will be in.
   *
   * @param setting "auto": where a group is clearly delegated to this process; "off": never; else the folder of a group
   * @returns null where instances have none
   * @throws TIDEGATE_CGROUP_UNUSABLE when the folder that is named cannot be used
   */
  static async open(setting: string): Promise<InstanceGroups | null> {
    const delegated =
      setting === "off" ? null : setting === "auto" ? findDelegatedGroup() : await withoutLinks(setting);
    if (delegated === null) return null;
    const folder = join(delegated, `tidegate-${process.pid}-${++hosts}`);
    const why = await makeHostGroup(delegated, folder).catch((error: Error) => error);
    if (why === null) return new InstanceGroups(folder);
    await removeGroup(folder);
    if (setting === "auto") return null;
    const message = `Cannot use control group "${setting}": ${why.message}`;
    throw new HostError("TIDEGATE_CGROUP_UNUSABLE", message, { cause: why });
  }

  /**
   * Makes the group of an instance; null when the system refuses: an instance without one is better than none.
   * @param name of its function
   */
  create(name: string): InstanceGroup | null {
    const folder = join(this.folder, `${name}-${++this.#made}`);
    try {
      // At once, and not by the thread pool: that takes longer than the kernel does.
      mkdirSync(folder);
      return new InstanceGroup(folder);
    } catch {
      return null;
    }
  }

  /** Removes the host's group, and what is left in it. */
  async close(): Promise<void> {
    await removeGroup(this.folder);
    this.#unwatch();
  }
}

/** Where it is in the hierarchy. What is not there is told when it is used. */
function withoutLinks(folder: string): Promise<string> {
  return realpath(folder).catch(() => folder);
}

/** Resolves with what keeps the group from being used; null without. */
async function makeHostGroup(delegated: string, folder: string): Promise<Error | null> {
  for (const name of await readdir(delegated)) {
    // Of a host that was killed. What is left in it keeps it: that is ended by the watch of that host.
    const pid = Number(hostGroup.exec(name)?.[1] ?? 0);
    if (pid > 0 && (pid === process.pid ? join(delegated, name) === folder : !isAlive(pid))) {
      await removeGroup(join(delegated, name));
    }
  }
  await mkdir(folder);
  if (!existsSync(join(folder, "cgroup.kill")))
    return new Error("it is none of cgroup v2, or Linux is older than 5.14");
  const own = findOwnGroup();
  if (own === null) return new Error("this process is in no group that it can see");
  // Who moves a process must be allowed to write to the group that has both, the one it was in and the one it comes to.
  accessSync(join(sharedFolder(own.folder, delegated), "cgroup.procs"), constants.W_OK);
  for (const each of [delegated, folder]) countMemory(each);
  return null;
}

/**
 * The memory controller counts what an instance uses, and tells when memory ran out. The kernel lets it be passed on only
 * by groups that have no processes themselves; where it is not to be had, all else works without.
 */
function countMemory(folder: string): void {
  try {
    writeFileSync(join(folder, "cgroup.subtree_control"), "+memory");
  } catch {
    // It is not on offer here, or there are processes.
  }
}

function sharedFolder(one: string, other: string): string {
  let folder = one;
  while (folder !== "/" && other !== folder && !other.startsWith(`${folder}/`)) folder = dirname(folder);
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
