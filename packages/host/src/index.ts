export { adminDir } from "./admin/admin-dir.ts";
export { HostError, type HostErrorCode, type HostErrorEntry, hostErrors } from "./errors.ts";
export { createHost } from "./host.ts";
export type { FunctionOptions, Host, HostCounters, HostEvent, HostOptions } from "./host-options.ts";
