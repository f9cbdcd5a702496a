import { readFile } from "node:fs/promises";

/** The kernel walks all page tables of the process for it, which takes a millisecond: not more often than this. */
const keptMs = 10_000;

/** How much of its memory a process shares with others. */
export class SharedMemory {
  readonly #pid: number | null;
  #last: { readonly at: number; readonly bytes: Promise<number> } | null = null;

  constructor(pid: number | null) {
    this.#pid = pid;
  }

  /** Resident bytes less the part that is counted as its own; 0 when not known. Some seconds old. */
  read(): Promise<number> {
    const now = performance.now();
    if (this.#last === null || now - this.#last.at > keptMs) this.#last = { at: now, bytes: this.#read() };
    return this.#last.bytes;
  }

  async #read(): Promise<number> {
    const text = await readFile(rollupOf(this.#pid), "latin1").catch(() => "");
    return (fieldOf(text, "Rss") ?? 0) - (fieldOf(text, "Pss") ?? 0);
  }
}

/** Memory of a process in bytes, of shared pages its part (PSS); null when not known. */
export async function proportionalBytes(pid: number): Promise<number | null> {
  return fieldOf(await readFile(rollupOf(pid), "latin1").catch(() => ""), "Pss");
}

/** Sums over all mappings of a process, in KiB (proc_pid_smaps(5)). */
function rollupOf(pid: number | null): string {
  return `/proc/${pid}/smaps_rollup`;
}

function fieldOf(rollup: string, name: string): number | null {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(rollup);
  return found === null ? null : Number(found[1]) * 1024;
}
