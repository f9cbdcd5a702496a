import { isIPv4 } from "node:net";

/** A connection, as one of its ends sees it. */
export interface TcpEnds {
  readonly localPort: number;
  readonly remotePort: number;
  readonly remoteAddress: string;
}

/** "ended": the other end has closed it, or its half of it. "missing": it is in none of the tables. */
export type TcpState = "open" | "ended" | "missing";

const established = "01";

/**
 * Looks up connections in Linux's tables of them (`/proc/net/tcp`, `/proc/net/tcp6`): after a heading a line each, such as
 * `0: 0100007F:0BB8 0100007F:C350 01 ...`, with local end, remote end and state in hexadecimal, addresses in 32-bit words
 * of the machine's byte order.
 */
export function endedConnections(tables: readonly string[], wanted: readonly TcpEnds[]): TcpState[] {
  const seen = new Map<string, string>();
  const keys = wanted.map(keyOf);
  const isWanted = new Set(keys);
  for (const table of tables) {
    for (const [, localPort = "", address = "", remotePort = "", state = ""] of table.matchAll(line)) {
      const key = `${localPort} ${ipv4Part(address)} ${remotePort}`;
      if (isWanted.has(key)) seen.set(key, state);
    }
  }
  return keys.map((key) => {
    const state = seen.get(key);
    if (state === undefined) return "missing";
    return state === established ? "open" : "ended";
  });
}

const line = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) /gm;

function keyOf({ localPort, remotePort, remoteAddress }: TcpEnds): string {
  return `${port(localPort)} ${hexAddress(remoteAddress)} ${port(remotePort)}`;
}

function port(number: number): string {
  return number.toString(16).toUpperCase().padStart(4, "0");
}

/** IPv4 clients of a dual-stack listener stand in the table of IPv6, behind a prefix. */
function ipv4Part(address: string): string {
  return address.startsWith(mappedPrefix) ? address.slice(mappedPrefix.length) : address;
}

const mappedPrefix = "0000000000000000FFFF0000";

/** An address as the table has it, on machines whose bytes run from the least significant one: all that Node runs on. */
function hexAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const bytes = isIPv4(mapped) ? mapped.split(".").map(Number) : ipv6Bytes(mapped);
  let hex = "";
  for (let word = 0; word < bytes.length; word += 4) {
    for (let at = word + 3; at >= word; at--) hex += (bytes[at] ?? 0).toString(16).padStart(2, "0");
  }
  return hex.toUpperCase();
}

function ipv6Bytes(address: string): number[] {
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0"), ...after];
  return groups.flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}
