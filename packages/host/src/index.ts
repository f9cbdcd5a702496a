export { askHosts, type HostReport, reloadHost, upgradeHost } from "./admin/admin-client.ts";
export { adminDir } from "./admin/admin-dir.ts";
export { type AdminServer, createAdminServer } from "./admin/admin-server.ts";
export type { AdminActions } from "./admin/route.ts";
export type { HostInfo } from "./admin/routes/get-host.ts";
export { parseBytes } from "./config/bytes.ts";
export { closest } from "./config/closest.ts";
export { maxDurationMs, parseDuration } from "./config/duration.ts";
export { functionNamePattern } from "./config/function-name.ts";
export { configFileName, configSchemaUrl, loadConfig } from "./config/load-config.ts";
export { splitCommand } from "./config/split-command.ts";
export { HostError, type HostErrorCode, type HostErrorEntry, hostErrors } from "./errors.ts";
export { createHost } from "./host.ts";
export type {
  FunctionInfo,
  FunctionOptions,
  Host,
  HostCounters,
  HostEvent,
  HostOptions,
  StopOptions,
  TemplateSettings,
} from "./host-options.ts";
export type { Change } from "./reload/change.ts";
export type { SuccessorCommand, Upgrade } from "./takeover/successor.ts";
export { readTakeover, type Takeover } from "./takeover/takeover.ts";
export { type TemplateTrial, type TrialOptions, tryTemplate } from "./template/try-template.ts";
