import { accessSync, constants, existsSync, mkdirSync, rmdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findOwnGroup } from "../find-delegated-group.ts";
import { removeGroup } from "../instance-group.ts";

/** A control group of the tests' own. */
export interface TestGroup {
  readonly folder: string;
  remove(): Promise<void>;
}

let made = 0;

/** Why tests cannot make control groups here; null when they can. */
export function whyNoGroups(): string | null {
  const own = findOwnGroup();
  if (own === null) return "no cgroup v2 is mounted that shows this process";
  try {
    accessSync(join(own.folder, "cgroup.procs"), constants.W_OK);
    const probe = join(own.folder, `tidegate-test-${process.pid}-probe`);
    mkdirSync(probe);
    const canKill = existsSync(join(probe, "cgroup.kill"));
    rmdirSync(probe);
    return canKill ? null : "Linux is older than 5.14";
  } catch (error) {
    return `the tests may make no control groups here (${(error as Error).message})`;
  }
}

/** Makes a control group below that of this process: an operator's, as a host sees it. */
export async function createTestGroup(): Promise<TestGroup> {
  const folder = join(findOwnGroup()?.folder ?? "", `tidegate-test-${process.pid}-${++made}`);
  await mkdir(folder);
  return {
    folder,
    remove: async () => {
      if (!(await removeGroup(folder))) throw new Error(`Cannot remove "${folder}": something is left in it`);
    },
  };
}
