import type { AddressInfo, ListenOptions } from "node:net";

/** What an app asked for when it called `listen`. */
export interface AskedAddress {
  readonly port: number;
  /** Host name or address; null where it named none, and listens on all. */
  readonly host: string | null;
  /** Unix socket it asked for instead of a port. */
  readonly path: string | null;
  readonly backlog: number | null;
  readonly callback: (() => void) | null;
  /** Closes the server when it is aborted. */
  readonly signal: AbortSignal | null;
}

/** What is asked for where nothing is said but a port. */
export function askedPort(port: number): AskedAddress {
  return { port, host: null, path: null, backlog: null, callback: null, signal: null };
}

/** Reads `listen(port, host, backlog, callback)` and `listen(options, callback)`, all but the first argument optional. */
export function parseListenArguments(args: readonly unknown[]): AskedAddress {
  const last = args.findLast((arg) => typeof arg === "function") as (() => void) | undefined;
  const callback = last ?? null;
  const [first, ...rest] = args;
  if (typeof first === "object" && first !== null) {
    const { port, host, path, backlog, signal } = first as ListenOptions;
    const isPath = port === undefined && typeof path === "string";
    return {
      port: Number(port ?? 0),
      host: isPath || !host ? null : host,
      path: isPath ? path : null,
      backlog: backlog ?? null,
      callback,
      signal: signal ?? null,
    };
  }
  const backlog = (rest.find((arg) => typeof arg === "number") as number | undefined) ?? null;
  const asked = { ...askedPort(Number(first ?? 0) || 0), backlog, callback };
  if (isPathName(first)) return { ...asked, port: 0, path: first };
  const [host] = rest;
  return { ...asked, host: typeof host === "string" && host !== "" ? host : null };
}

/** Whether Node takes such arguments (`Server.prototype.listen` in `lib/net.js`); else it throws. */
export function isListenable(args: readonly unknown[]): boolean {
  const [first] = args;
  if (typeof first === "string" || typeof first === "number") return isPathName(first) || isPort(first);
  if (typeof first !== "object" || first === null)
    return first === undefined || first === null || typeof first === "function";
  const { port, path, signal } = first as ListenOptions;
  if (signal !== undefined && !isSignal(signal)) return false;
  if (typeof port === "number" || typeof port === "string") return isPort(port);
  if (port === null || (port === undefined && "port" in first)) return true;
  return typeof path === "string" || "fd" in first || "handle" in first || "_handle" in first;
}

/** Node takes those of other makers, too, such as of a polyfill. */
function isSignal(value: unknown): boolean {
  return typeof value === "object" && value !== null && "aborted" in value;
}

/** A text that is no number names a Unix socket. */
function isPathName(value: unknown): value is string {
  return typeof value === "string" && !(Number(value) >= 0);
}

function isPort(value: string | number): boolean {
  const port = Number(value);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 && (typeof value === "number" || value.trim() !== "");
}

/** What `server.address()` says of it: never where the server really listens. */
export function addressOf({ host, port, path }: AskedAddress, anyPort: number): AddressInfo | string {
  if (path !== null) return path;
  const address = host ?? "::";
  return { address, family: address.includes(":") ? "IPv6" : "IPv4", port: port || anyPort };
}
