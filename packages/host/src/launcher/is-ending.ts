import { readFileSync } from "node:fs";

/** Linux's flag of a process that is shutting down (`PF_EXITING` in include/linux/sched.h). */
const exiting = 0x4;

/**
 * Whether a process is ending, or gone. The kernel closes its sockets on the way, so whoever sees a connection break can know
 * why before the process can be waited for. False where there is no `/proc`, and without a process.
 */
export function isEnding(pid: number | null): boolean {
  if (pid === null || process.platform !== "linux") return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // From the end of the name: the state is field 3, the flags are field 9 (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" || (Number(fields[6]) & exiting) !== 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ESRCH";
  }
}
