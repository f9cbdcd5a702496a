import type { HostOptions } from "./host-options.ts";

/** Where a host that listens on `port` is reached from its own machine. */
export function hostUrl({ hostname, tls }: HostOptions, port: number): string {
  const isAny = hostname === undefined || hostname === "0.0.0.0" || hostname === "::";
  const name = isAny ? "localhost" : hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${tls === undefined ? "http" : "https"}://${name}:${port}`;
}
