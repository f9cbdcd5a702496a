import { HostError } from "../errors.ts";

/** What a refusal of the system means, and what can be done. */
const meanings: Readonly<Record<string, string>> = {
  EAGAIN: "the system's limit of processes is reached (ulimit -u, or pids.max of the control group)",
  EMFILE: "the host has as many files open as it may (ulimit -n)",
  ENFILE: "the system has as many files open as it can",
  ENOMEM: "the system has no memory for another process",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EACCES: "permission is denied",
  ENOENT: "it does not exist",
  E2BIG: "its arguments and environment are too large",
};

/** Says why the system did not let an instance start: TIDEGATE_INSTANCE_LAUNCH_FAILED. */
export function launchError(instance: string, functionName: string, cause: NodeJS.ErrnoException): HostError {
  const meaning = meanings[cause.code ?? ""];
  const why = meaning === undefined ? cause.message : `${meaning} (${cause.message})`;
  return new HostError(
    "TIDEGATE_INSTANCE_LAUNCH_FAILED",
    `Cannot start instance "${instance}" of function "${functionName}": ${why}`,
    { cause },
  );
}

/**
 * Whether the system refused a fork for want of what a plain process needs as well, and more of: a plain Node has ten threads, and as
 * many descriptors of the host. Where these run out amidst its start it ends by a fault that says nothing. Memory is not among them: a
 * template that has much of it may be refused where a process that begins small is not.
 */
export function isScarcity({ code, syscall }: NodeJS.ErrnoException): boolean {
  if (code === "EMFILE" || code === "ENFILE") return true;
  // Of a socket it says that the template does not read.
  return code === "EAGAIN" && (syscall === "fork" || syscall === "vfork");
}
