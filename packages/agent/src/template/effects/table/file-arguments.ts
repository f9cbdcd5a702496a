import { constants, fstatSync, readlinkSync, type Stats, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

// Kept before effects are looked for: what a row asks for must not be an effect itself.
const statPath = statSync;
const statDescriptor = fstatSync;
const readLink = readlinkSync;

const writing = constants.O_WRONLY | constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;

/** Values of files under /proc that are new at each read, or another in each process. */
const numberFiles = /^\/proc\/sys\/kernel\/random\/uuid$/;
const ownFiles = /^\/proc\/(self|thread-self|\d+)\/(stat|status|task|sched|schedstat)\b/;

type Arguments = readonly unknown[];

/** Words for a path, a descriptor or a `FileHandle`. */
export function fileWords(file: unknown): string | null {
  const path = pathOf(file);
  if (path !== null) return path;
  const descriptor = descriptorOf(file);
  if (descriptor === null) return null;
  try {
    return readLink(`/proc/self/fd/${descriptor}`);
  } catch {
    return `descriptor ${descriptor}`;
  }
}

export function firstFile([file]: Arguments): string | null {
  return fileWords(file);
}

/** "from -> to", for what has two paths. */
export function bothFiles([from, to]: Arguments): string | null {
  return `${fileWords(from)} -> ${fileWords(to)}`;
}

/** Whether the flags of `open` are those of writing; as text or number, left out for reading. */
function asksToWrite(flags: unknown): boolean {
  if (typeof flags === "number") return (flags & writing) !== 0;
  return typeof flags === "string" && /[wa+]/.test(flags);
}

export function opensForWriting([path, flags]: Arguments): boolean {
  return asksToWrite(flags) && !isNullDevice(path);
}

/** Whether the file that a call writes to is more than standard output or /dev/null. */
export function writesFile([file]: Arguments): boolean {
  const descriptor = descriptorOf(file);
  return descriptor === null ? !isNullDevice(file) : descriptor !== 1 && descriptor !== 2;
}

/** The same for a stream, whose options may carry a descriptor instead of the path. */
export function streamsToFile([path, options]: Arguments): boolean {
  const descriptor = (options as { fd?: unknown } | null | undefined)?.fd ?? null;
  return writesFile([descriptor ?? path]);
}

/** Whether a path is a device, a pipe or a socket: what is read there is gone, or a number drawn for one reader. */
export function readsDevice([path]: Arguments): boolean {
  const text = pathOf(path);
  if (text === null || isNullDevice(path)) return false;
  if (numberFiles.test(text)) return true;
  const stats = look(() => statPath(text, { throwIfNoEntry: false }));
  return stats !== null && !stats.isFile() && !stats.isDirectory();
}

export function readsOwnProcess([path]: Arguments): boolean {
  return ownFiles.test(pathOf(path) ?? "");
}

/** Whether a call reads standard input, and there is any: hosts give /dev/null. */
export function readsInput([file]: Arguments): boolean {
  return descriptorOf(file) === 0 && isInput();
}

export function isInput(): boolean {
  const input = look(() => statDescriptor(0));
  return input !== null && !isNull(input);
}

/** Whether a folder is to be made: none is where `recursive` finds it made already. */
export function makesFolder([path, options]: Arguments): boolean {
  const isRecursive = (options as { recursive?: unknown } | null | undefined)?.recursive === true;
  const text = pathOf(path);
  if (!isRecursive || text === null) return true;
  return look(() => statPath(text, { throwIfNoEntry: false }))?.isDirectory() !== true;
}

function isNullDevice(file: unknown): boolean {
  const path = pathOf(file);
  return path === "/dev/null";
}

function isNull(stats: Stats): boolean {
  const nothing = look(() => statPath("/dev/null"));
  return nothing !== null && stats.isCharacterDevice() && stats.rdev === nothing.rdev;
}

function look(ask: () => Stats | undefined): Stats | null {
  try {
    return ask() ?? null;
  } catch {
    return null;
  }
}

function pathOf(file: unknown): string | null {
  if (typeof file === "string") return file;
  if (file instanceof Uint8Array) return Buffer.from(file).toString();
  if (!(file instanceof URL)) return null;
  try {
    return fileURLToPath(file);
  } catch {
    return null;
  }
}

function descriptorOf(file: unknown): number | null {
  if (typeof file === "number") return file;
  const handle = file as { fd?: unknown } | null | undefined;
  return typeof handle === "object" && typeof handle?.fd === "number" ? handle.fd : null;
}
