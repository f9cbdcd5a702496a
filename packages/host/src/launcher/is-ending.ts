import { readFileSync } from "node:fs";

/** Linux's flag of a process that is shutting down (`PF_EXITING` in include/linux/sched.h). */
const exiting = 0x4;

/**
 * Whether a process is ending, or gone. The kernel closes its sockets on the way, so whoever sees a connection break can know
 * why before the process can be waited for. False where there is no `/proc`, and without a process.
 */
export function isEnding(pid: number | null): boolean {
  if (pid === null || process.platform !== "linux") return false;
  const seen = readState(pid);
  return seen === "gone" || (seen !== "unknown" && isLast(seen));
}

/**
 * Whether a process runs, or would if it had something to do: it is not ending, and nobody has stopped it. True where that
 * cannot be known, such as when this process has no descriptor left to look.
 */
export function canGoOn(pid: number): boolean {
  const seen = readState(pid);
  if (seen === "gone") return false;
  return seen === "unknown" || (!isLast(seen) && seen.letter !== "T" && seen.letter !== "t");
}

interface State {
  readonly letter: string;
  readonly flags: number;
}

function isLast({ letter, flags }: State): boolean {
  return letter === "Z" || letter === "X" || (flags & exiting) !== 0;
}

function readState(pid: number): State | "gone" | "unknown" {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // From the end of the name: the state is field 3, the flags are field 9 (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { letter: fields[0] ?? "", flags: Number(fields[6]) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ESRCH" ? "gone" : "unknown";
  }
}
