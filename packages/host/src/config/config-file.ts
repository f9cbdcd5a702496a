import type { PolicyName, Route, StartMode } from "@tidegate/core";

/**
 * A checked `tidegate.yaml`: durations are milliseconds, routes and commands are read, paths are as they were written.
 * What the fields mean stands in the schema, which editors and docs show.
 */
export interface ConfigFile {
  functions: Record<string, ConfigFunction>;
  gateway?: ConfigGateway | undefined;
  templates?: ConfigTemplates | undefined;
}

export interface ConfigTemplates {
  memory?: number | undefined;
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
  streamIdle?: number | undefined;
  protocol?: "http1" | "h2c" | undefined;
  start?: StartMode | undefined;
  warmUp?: string[] | undefined;
  limits?: ConfigLimits | undefined;
  affinity?: { cookie?: string | undefined; maxAge?: number | undefined } | undefined;
  health?: ConfigHealth | undefined;
  recycle?: ConfigRecycle | undefined;
  breaker?: ConfigBreaker | undefined;
  queue?: ConfigQueue | undefined;
  scaling?: ConfigScaling | undefined;
}

export interface ConfigQueue {
  limit?: number | undefined;
  timeout?: number | undefined;
}

export interface ConfigLimits {
  body?: number | undefined;
  headers?: number | undefined;
  rate?: { perSecond: number; burst?: number | undefined; per?: "function" | "client" | undefined } | undefined;
}

export interface ConfigHealth {
  startup?: string | undefined;
  liveness?: string | undefined;
  interval?: number | undefined;
  timeout?: number | undefined;
  failures?: number | undefined;
  eventLoopDelay?: number | undefined;
}

export interface ConfigRecycle {
  requests?: number | undefined;
  age?: number | undefined;
  memory?: number | undefined;
}

export interface ConfigBreaker {
  failureRate?: number | undefined;
  requests?: number | undefined;
  window?: number | undefined;
  open?: number | undefined;
}

export interface ConfigScaling {
  policy?: PolicyName | undefined;
  provisioned?: number | undefined;
  freeze?: boolean | undefined;
  schedule?: ConfigSchedule[] | undefined;
  cpu?: number | undefined;
  memory?: number | undefined;
  eventLoopDelay?: number | undefined;
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

interface ConfigSchedule {
  cron: string;
  timeZone?: string | undefined;
  for: number;
  min: number;
  max?: number | undefined;
}

export interface ConfigGateway {
  port?: number | undefined;
  hostname?: string | undefined;
  trustProxy?: boolean | undefined;
  maxHeaderBytes?: number | undefined;
  keepAliveTimeout?: number | undefined;
  headersTimeout?: number | undefined;
  bodyTimeout?: number | undefined;
  drainDelay?: number | undefined;
  maxConnections?: number | undefined;
  memory?: number | undefined;
  cgroup?: string | undefined;
  tls?: { cert: string; key: string }[] | undefined;
  http2?: boolean | undefined;
  proxyProtocol?: boolean | undefined;
  metrics?: { port: number; hostname?: string | undefined } | undefined;
}
