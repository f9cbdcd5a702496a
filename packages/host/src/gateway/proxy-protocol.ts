import { isIPv4, isIPv6, SocketAddress } from "node:net";
import { unmappedAddress } from "./connection-info.ts";

/** What a PROXY protocol header says. */
export interface ProxyHeader {
  /** Bytes of the header; what follows is the client's. */
  readonly length: number;
  /** The client; null when the header names none that could be used: the sender speaks for itself (LOCAL, UNKNOWN), or its client has no IP address. */
  readonly source: { readonly address: string; readonly port: number } | null;
}

/** Bytes that begin version 2. */
const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const prefix = Buffer.from("PROXY ", "latin1");

/** Longest header of version 1 with its CRLF, as the specification has it. */
const maxLineBytes = 107;

/** Longest header of version 2: an address and its TLVs, among them a client's certificate; 64 KiB could be announced. */
const maxBinaryBytes = 8 * 1024;

/** Bytes of the addresses of a family: unspecified, IPv4, IPv6, Unix. */
const addressBytes = [0, 12, 36, 216] as const;

const line =
  /^PROXY (?:(TCP4|TCP6) ([0-9A-Fa-f.:]+) ([0-9A-Fa-f.:]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})|UNKNOWN(?: [ -~]*)?)$/;

/**
 * Reads a header of the PROXY protocol, version 1 or 2, strictly
 * (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt).
 *
 * @param bytes all that came of the connection so far
 * @returns null while it may become a header with more bytes, "invalid" when it cannot
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | "invalid" | null {
  if (startsLike(bytes, signature)) return bytes.length < 16 ? null : readBinary(bytes);
  if (startsLike(bytes, prefix)) return readLine(bytes);
  return "invalid";
}

/** Whether the bytes begin with `start`, or are its beginning. */
function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, length, 0, length) === 0;
}

function readLine(bytes: Buffer): ProxyHeader | "invalid" | null {
  const seen = bytes.subarray(0, maxLineBytes);
  const end = seen.indexOf("\r\n", 0, "latin1");
  if (end < 0) return seen.length < maxLineBytes ? null : "invalid";
  const match = line.exec(seen.toString("latin1", 0, end));
  if (match === null) return "invalid";
  const [, family, source = "", destination = "", sourcePort = "", destinationPort = ""] = match;
  const length = end + 2;
  if (family === undefined) return { length, source: null };
  const isAddress = family === "TCP4" ? isIPv4 : isIPv6;
  if (!isAddress(source) || !isAddress(destination)) return "invalid";
  if (Number(sourcePort) > 65_535 || Number(destinationPort) > 65_535) return "invalid";
  return { length, source: { address: canonical(source), port: Number(sourcePort) } };
}

function readBinary(bytes: Buffer): ProxyHeader | "invalid" | null {
  const [versionAndCommand = 0, familyAndTransport = 0] = bytes.subarray(12);
  const length = 16 + bytes.readUInt16BE(14);
  const command = versionAndCommand & 0x0f;
  const family = familyAndTransport >> 4;
  const transport = familyAndTransport & 0x0f;
  // Other values "must be rejected as invalid by receivers".
  if (versionAndCommand >> 4 !== 2 || command > 1 || transport > 2 || length > maxBinaryBytes) return "invalid";
  const needed = addressBytes[family];
  if (needed === undefined) return "invalid";
  const isLocal = command === 0;
  if (!isLocal && length - 16 < needed) return "invalid";
  if (bytes.length < length) return null;
  // Only a stream over IP names a client that this connection can be of; the rest is skipped, as are TLVs behind it.
  if (isLocal || transport !== 1 || (family !== 1 && family !== 2)) return { length, source: null };
  return family === 1
    ? { length, source: { address: bytes.subarray(16, 20).join("."), port: bytes.readUInt16BE(24) } }
    : { length, source: { address: canonical(ipv6Text(bytes.subarray(16, 32))), port: bytes.readUInt16BE(48) } };
}

function ipv6Text(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16)).join(":");
}

/** An address as Node itself writes that of a socket. */
function canonical(address: string): string {
  if (isIPv4(address)) return address;
  return unmappedAddress(new SocketAddress({ family: "ipv6", address }).address);
}
