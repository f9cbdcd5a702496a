import type { AddressInfo, ListenOptions } from "node:net";

/** What an app asked for when it called `listen`. */
export interface AskedAddress {
  readonly port: number;
  readonly host: string;
  readonly backlog: number | null;
  readonly callback: (() => void) | null;
}

/** Reads `listen(port, host, backlog, callback)` and `listen(options, callback)`, all but the first argument optional. */
export function parseListenArguments(args: readonly unknown[]): AskedAddress {
  const last = args.findLast((arg) => typeof arg === "function") as (() => void) | undefined;
  const callback = last ?? null;
  const [first, ...rest] = args;
  if (typeof first === "object" && first !== null) {
    const { port, host, backlog } = first as ListenOptions;
    return { port: Number(port ?? 0), host: host ?? "::", backlog: backlog ?? null, callback };
  }
  const port = typeof first === "number" || typeof first === "string" ? Number(first) || 0 : 0;
  const host = rest.find((arg) => typeof arg === "string") as string | undefined;
  const backlog = rest.find((arg) => typeof arg === "number") as number | undefined;
  return { port, host: host ?? "::", backlog: backlog ?? null, callback };
}

/** What `server.address()` says of it: never where the server really listens. */
export function addressOf(asked: AskedAddress, anyPort: number): AddressInfo {
  return { address: asked.host, family: asked.host.includes(":") ? "IPv6" : "IPv4", port: asked.port || anyPort };
}
