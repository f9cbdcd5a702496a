export { addonPath } from "./addon-path.ts";
export type { Counters, Forking } from "./forking.ts";
export { type LoadedForking, loadForking } from "./load-forking.ts";
export { templateEnvironment } from "./template-environment.ts";
