import type { Route } from "@tidegate/core";

/**
 * A checked `tidegate.yaml`: durations are milliseconds, routes and commands are read, paths are as they were written.
 * What the fields mean stands in the schema, which editors and docs show.
 */
export interface ConfigFile {
  functions: Record<string, ConfigFunction>;
  gateway?: ConfigGateway | undefined;
}

export interface ConfigFunction {
  entry?: string | undefined;
  command?: readonly [string, ...string[]] | undefined;
  args?: string[] | undefined;
  nodeArgs?: string[] | undefined;
  cwd?: string | undefined;
  env?: Record<string, string> | undefined;
  routes?: Route[] | undefined;
  concurrency?: number | undefined;
  timeout?: number | undefined;
  startTimeout?: number | undefined;
  queue?: ConfigQueue | undefined;
  scaling?: ConfigScaling | undefined;
}

interface ConfigQueue {
  limit?: number | undefined;
  timeout?: number | undefined;
}

interface ConfigScaling {
  min?: number | undefined;
  max?: number | undefined;
  idle?: number | undefined;
  target?: number | undefined;
  stableWindow?: number | undefined;
  panicWindow?: number | undefined;
  panicThreshold?: number | undefined;
  maxScaleUpRate?: number | undefined;
  maxScaleDownRate?: number | undefined;
  scaleDownDelay?: number | undefined;
}

export interface ConfigGateway {
  port?: number | undefined;
  hostname?: string | undefined;
  trustProxy?: boolean | undefined;
  maxHeaderBytes?: number | undefined;
  keepAliveTimeout?: number | undefined;
  headersTimeout?: number | undefined;
}
