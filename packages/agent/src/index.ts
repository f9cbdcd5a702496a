import { fileURLToPath } from "node:url";

export type { AgentMessage, HostMessage, InstanceEnvironment } from "./control.ts";
export { instanceVariable } from "./control.ts";

/** Path of the file to load with `node --require` before an app, so that the app becomes an instance. */
export const preloadPath: string = fileURLToPath(import.meta.resolve("@tidegate/agent/preload"));
