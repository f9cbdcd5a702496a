import { readFile } from "node:fs/promises";

/** The kernel walks all page tables of a process for it, which takes a millisecond: not more often than this for one, ... */
const keptMs = 10_000;
/** ... and this for all of them together: of thousands that come at once all would be looked at while the others start. */
const betweenMs = 50;

let nextAt = 0;

/** What instances of one template share. */
export interface SharedBySiblings {
  /** As it was seen of the one that was looked at last. */
  bytes: number;
  /** The first look at one of them; null before. */
  firstLook: Promise<number> | null;
}

/** How much of its memory an instance shares with others. */
export class SharedMemory {
  readonly #pid: number | null;
  readonly #siblings: SharedBySiblings;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #bytes: Promise<number> | null = null;

  /** @param siblings the same object for all instances of a template: what stands there holds for those not looked at yet */
  constructor(pid: number | null, siblings: SharedBySiblings) {
    this.#pid = pid;
    this.#siblings = siblings;
  }

  /** Resident bytes less the part that is counted as its own; 0 when not known. Some seconds old. */
  read(): Promise<number> {
    const now = performance.now();
    // Without any look at its siblings all of an instance would count as its own.
    const isFirst = this.#siblings.firstLook === null;
    if (now - this.#lookedAt > keptMs && (isFirst || now >= nextAt)) {
      this.#lookedAt = now;
      nextAt = now + betweenMs;
      this.#bytes = this.#read();
      this.#siblings.firstLook ??= this.#bytes;
    }
    return this.#bytes ?? this.#ofSiblings();
  }

  async #ofSiblings(): Promise<number> {
    await this.#siblings.firstLook;
    return this.#siblings.bytes;
  }

  async #read(): Promise<number> {
    const text = await readFile(rollupOf(this.#pid), "latin1").catch(() => "");
    const [resident, own] = [fieldOf(text, "Rss"), fieldOf(text, "Pss")];
    if (resident === null || own === null) return this.#siblings.bytes;
    this.#siblings.bytes = resident - own;
    return resident - own;
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
