import { fileURLToPath } from "node:url";

export type { AgentMessage, HostMessage, InstanceEnvironment } from "./control.ts";
export { instanceVariable } from "./control.ts";
export type {
  ForkOrder,
  ForkSeed,
  TemplateEnvironment,
  TemplateMessage,
  UnfitWarmUp,
} from "./template/template-environment.ts";
export { templateVariable } from "./template/template-environment.ts";

/** Path of the file to load with `node --require` before an app, so that the app becomes an instance. */
export const preloadPath: string = fileURLToPath(import.meta.resolve("@tidegate/agent/preload"));

/**
 * Path of the file to load with `node --require` before an app, so that the process becomes a template: it loads the app up
 * to its first effect, and instances are forked from it there.
 */
export const templatePath: string = fileURLToPath(import.meta.resolve("@tidegate/agent/template"));
