import { readdirSync, readFileSync } from "node:fs";

/** All processes below one: its children, theirs, and so on. Linux only. */
export function descendantsOf(pid: number): number[] {
  const children = Map.groupBy(parentsOfAll(), ([, parent]) => parent);
  const found: number[] = [];
  const waiting = [pid];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const [child] of children.get(next) ?? []) {
      found.push(child);
      waiting.push(child);
    }
  }
  return found;
}

/** Whether a process of this id exists, also one that ended and that nobody has asked about. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function parentsOfAll(): (readonly [pid: number, parent: number])[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      // The name stands in brackets and may contain anything; behind it come the state and the parent.
      const parent = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
      return [[Number(name), Number(parent)] as const];
    } catch {
      return []; // it ended meanwhile
    }
  });
}
