import type { GatewaySettings } from "./gateway/gateway.ts";
import type { HostOptions } from "./host-options.ts";

/** Port of a host that is given none. */
export const defaultPort = 3000;

/** Settings of the gateway that can change while it serves, with the defaults of `HostOptions`. */
export function gatewaySettings(options: HostOptions): GatewaySettings {
  return {
    trustProxy: options.trustProxy ?? false,
    maxHeaderBytes: options.maxHeaderBytes ?? 16_384,
    keepAliveTimeoutMs: options.keepAliveTimeoutMs ?? 5_000,
    headersTimeoutMs: options.headersTimeoutMs ?? 60_000,
    bodyTimeoutMs: options.bodyTimeoutMs ?? 60_000,
    maxConnections: options.maxConnections ?? Number.POSITIVE_INFINITY,
  };
}
