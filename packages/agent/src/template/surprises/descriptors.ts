import { constants, fstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { describeSocket } from "./sockets.ts";

// Kept before effects are looked for: what is asked here is no effect of the app.
const listFolder = readdirSync;
const readLink = readlinkSync;
const readText = readFileSync;
const statDescriptor = fstatSync;

const folder = "/proc/self/fd";

/** Devices without a state that processes could share by their descriptor. */
const statelessDevices = new Set(["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"]);

/** What the kernel calls things that have no file, in words. */
const namedKinds: Readonly<Record<string, string>> = {
  eventpoll: "an epoll queue",
  eventfd: "an event counter",
  inotify: "a file watcher",
  io_uring: "an io_uring queue",
  perf_event: "a performance counter",
  pidfd: "a process descriptor",
  signalfd: "a signal queue",
  timerfd: "a timer",
};

/** What an open descriptor means for a fork. */
export type DescriptorKind =
  /** Siblings may share it. */
  | { readonly kind: "harmless" }
  /** Each child opens it again, to have an offset of its own. */
  | { readonly kind: "reopen" }
  /** Siblings must not share it: what it is, in words. */
  | { readonly kind: "unfit"; readonly words: string };

/** All open descriptors, each with what `/proc/self/fd` says it is. */
export function openDescriptors(): Map<number, string> {
  const open = new Map<number, string>();
  for (const name of listFolder(folder)) {
    const link = linkOf(Number(name));
    // The one that reads the folder is closed by now.
    if (link !== null) open.set(Number(name), link);
  }
  return open;
}

function linkOf(descriptor: number): string | null {
  try {
    return readLink(`${folder}/${descriptor}`);
  } catch {
    return null;
  }
}

export function judgeDescriptor(descriptor: number, link: string): DescriptorKind {
  if (statelessDevices.has(link)) return { kind: "harmless" };
  const socket = /^socket:\[(\d+)\]$/.exec(link)?.[1];
  if (socket !== undefined) return { kind: "unfit", words: `${describeSocket(socket)} is open` };
  if (link.startsWith("pipe:")) return { kind: "unfit", words: "a pipe is open" };
  const named = /^anon_inode:\[?([\w]+)\]?/.exec(link)?.[1];
  if (named !== undefined)
    return { kind: "unfit", words: `${namedKinds[named] ?? `"${named}" of the kernel`} is open` };
  if (link.startsWith("/memfd:")) return { kind: "unfit", words: `shared memory is open: "${link}"` };
  return judgeFile(descriptor, link);
}

function judgeFile(descriptor: number, link: string): DescriptorKind {
  const stats = statDescriptor(descriptor);
  if (!stats.isFile() && !stats.isDirectory()) return { kind: "unfit", words: `a device is open: "${link}"` };
  const isReadOnly = (flagsOf(descriptor) & (constants.O_WRONLY | constants.O_RDWR)) === 0;
  return isReadOnly ? { kind: "reopen" } : { kind: "unfit", words: `a file is open for writing: "${link}"` };
}

/** Flags it was opened with: the octal number of `/proc/PID/fdinfo/FD` (proc_pid_fdinfo(5)). */
function flagsOf(descriptor: number): number {
  const info = readText(`/proc/self/fdinfo/${descriptor}`, "utf8");
  return Number.parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? "2", 8);
}
