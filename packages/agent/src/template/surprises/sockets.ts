import { readFileSync } from "node:fs";

// Kept before effects are looked for: what is asked here is no effect of the app.
const readText = readFileSync;

/** Column of the inode, which names a socket, in the lines of these files (proc(5), /proc/net). */
const inodeColumn = 9;
const unixInodeColumn = 6;
const listening = "0A";

/** What a socket is, in words: "a TCP connection to 10.0.0.1:5432". */
export function describeSocket(inode: string): string {
  for (const protocol of ["tcp", "tcp6", "udp", "udp6"]) {
    const columns = findLine(protocol, inode, inodeColumn);
    if (columns === null) continue;
    const [, local = "", remote = "", state] = columns;
    if (protocol.startsWith("udp")) return `a UDP socket on ${addressOf(local)}`;
    if (state === listening) return `a TCP socket that listens on ${addressOf(local)}`;
    return `a TCP connection to ${addressOf(remote)}`;
  }
  const path = findLine("unix", inode, unixInodeColumn)?.[7];
  return path === undefined ? "a socket" : `a Unix socket, ${path},`;
}

function findLine(protocol: string, inode: string, column: number): string[] | null {
  let text: string;
  try {
    text = readText(`/proc/self/net/${protocol}`, "utf8");
  } catch {
    return null;
  }
  for (const line of text.split("\n")) {
    const columns = line.trim().split(/\s+/);
    if (columns[column] === inode) return columns;
  }
  return null;
}

/** Reads "0100007F:1538": an address as 32-bit words of the machine's byte order, and a port, both in hexadecimal. */
function addressOf(text: string): string {
  const [address = "", port = ""] = text.split(":");
  const bytes = (address.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, "hex").reverse()]);
  return `${bytes.length === 4 ? bytes.join(".") : `[${groupsOf(bytes)}]`}:${Number.parseInt(port, 16)}`;
}

function groupsOf(bytes: readonly number[]): string {
  const isMapped = bytes.slice(0, 12).join() === "0,0,0,0,0,0,0,0,0,0,255,255";
  if (isMapped) return `::ffff:${bytes.slice(12).join(".")}`;
  const hex = Buffer.from(bytes).toString("hex").match(/.{4}/g) ?? [];
  return hex
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")
    .replace(/\b0(:0)+\b/, "::")
    .replace(/:{3,}/, "::");
}
