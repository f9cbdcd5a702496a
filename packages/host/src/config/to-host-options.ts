import { resolve } from "node:path";
import {
  type AutoscalerConfig,
  affinityDefaults,
  type BreakerConfig,
  breakerDefaults,
  type Entry,
  type HealthConfig,
  healthDefaults,
  type RateLimit,
  type RecycleConfig,
  recycleDefaults,
} from "@tidegate/core";
import type { FunctionOptions, HostOptions } from "../host-options.ts";
import type {
  ConfigBreaker,
  ConfigFile,
  ConfigFunction,
  ConfigHealth,
  ConfigLimits,
  ConfigRecycle,
  ConfigScaling,
} from "./config-file.ts";
import { withoutUnset } from "./without-unset.ts";

/**
 * Turns a checked `tidegate.yaml` into options of a host. What the file does not say stays unset, so that the host's
 * defaults apply.
 *
 * @param config the file's content
 * @param folder absolute path of the file's folder
 */
export function toHostOptions(config: ConfigFile, folder: string): HostOptions {
  const gateway = config.gateway ?? {};
  return {
    functions: Object.entries(config.functions).map(([name, options]) => toFunctionOptions(name, options, folder)),
    ...withoutUnset({
      port: gateway.port,
      hostname: gateway.hostname,
      trustProxy: gateway.trustProxy,
      maxHeaderBytes: gateway.maxHeaderBytes,
      keepAliveTimeoutMs: gateway.keepAliveTimeout,
      headersTimeoutMs: gateway.headersTimeout,
      bodyTimeoutMs: gateway.bodyTimeout,
      drainDelayMs: gateway.drainDelay,
      maxConnections: gateway.maxConnections,
      memoryLimitBytes: gateway.memory,
      cgroup: gateway.cgroup,
      tls: gateway.tls?.map(({ cert, key }) => ({ certFile: resolve(folder, cert), keyFile: resolve(folder, key) })),
      http2: gateway.http2,
      proxyProtocol: gateway.proxyProtocol,
      templates: config.templates && { memoryBytes: config.templates.memory ?? null },
      metrics: gateway.metrics && {
        port: gateway.metrics.port,
        ...withoutUnset({ hostname: gateway.metrics.hostname }),
      },
    }),
  };
}

function toFunctionOptions(name: string, options: ConfigFunction, folder: string): FunctionOptions {
  const { queue = {}, limits = {} } = options;
  return {
    name,
    entry: toEntry(options, folder),
    cwd: resolve(folder, options.cwd ?? "."),
    routes: options.routes ?? [{ path: "/" }],
    ...withoutUnset({
      env: options.env,
      concurrency: options.concurrency,
      timeoutMs: options.timeout,
      startTimeoutMs: options.startTimeout,
      queueLimit: queue.limit,
      queueTimeoutMs: queue.timeout,
      streamIdleTimeoutMs: options.streamIdle,
      protocol: options.protocol,
      start: options.start,
      warmUp: options.warmUp,
      maxBodyBytes: limits.body,
      maxHeaderBytes: limits.headers,
      rateLimit: limits.rate && toRateLimit(limits.rate),
      affinity: options.affinity && {
        cookie: options.affinity.cookie ?? affinityDefaults.cookie,
        maxAgeMs: options.affinity.maxAge ?? affinityDefaults.maxAgeMs,
      },
      health: options.health && toHealth(options.health),
      recycle: options.recycle && toRecycle(options.recycle),
      breaker: options.breaker && toBreaker(options.breaker),
    }),
    scaling: toScaling(options.scaling ?? {}),
  };
}

function toEntry(options: ConfigFunction, folder: string): Entry {
  if (options.command !== undefined) return { kind: "command", command: options.command };
  return {
    kind: "node",
    file: resolve(folder, options.entry ?? ""),
    ...withoutUnset({ args: options.args, nodeArgs: options.nodeArgs }),
  };
}

function toScaling(scaling: ConfigScaling): Partial<Omit<AutoscalerConfig, "concurrency">> {
  const { cpu = null, memory = null, eventLoopDelay = null } = scaling;
  const hasMetrics = cpu !== null || memory !== null || eventLoopDelay !== null;
  return withoutUnset({
    policy: scaling.policy,
    minInstances: scaling.min,
    maxInstances: scaling.max,
    provisioned: scaling.provisioned,
    freeze: scaling.freeze,
    schedule: scaling.schedule?.map(({ cron, timeZone = "UTC", for: forMs, min, max = null }) => ({
      cron,
      timeZone,
      forMs,
      minInstances: min,
      maxInstances: max,
    })),
    metrics: hasMetrics ? { cpu, memoryBytes: memory, eventLoopDelayMs: eventLoopDelay } : undefined,
    idleTimeoutMs: scaling.idle,
    targetUtilization: scaling.target,
    stableWindowMs: scaling.stableWindow,
    panicWindowMs: scaling.panicWindow,
    panicThreshold: scaling.panicThreshold,
    maxScaleUpRate: scaling.maxScaleUpRate,
    maxScaleDownRate: scaling.maxScaleDownRate,
    scaleDownDelayMs: scaling.scaleDownDelay,
  });
}

function toRateLimit({ perSecond, burst, per = "function" }: NonNullable<ConfigLimits["rate"]>): RateLimit {
  return { perSecond, burst: burst ?? Math.max(1, Math.floor(perSecond)), per };
}

function toHealth(health: ConfigHealth): HealthConfig {
  return {
    startupPath: health.startup ?? healthDefaults.startupPath,
    livenessPath: health.liveness ?? healthDefaults.livenessPath,
    intervalMs: health.interval ?? healthDefaults.intervalMs,
    timeoutMs: health.timeout ?? healthDefaults.timeoutMs,
    failureThreshold: health.failures ?? healthDefaults.failureThreshold,
    maxEventLoopDelayMs: health.eventLoopDelay ?? healthDefaults.maxEventLoopDelayMs,
  };
}

function toRecycle({ requests, age, memory }: ConfigRecycle): RecycleConfig {
  return {
    afterInvocations: requests ?? recycleDefaults.afterInvocations,
    afterMs: age ?? recycleDefaults.afterMs,
    aboveMemoryBytes: memory ?? recycleDefaults.aboveMemoryBytes,
  };
}

function toBreaker({ failureRate, requests, window, open }: ConfigBreaker): BreakerConfig {
  return {
    failureRate: failureRate ?? breakerDefaults.failureRate,
    minRequests: requests ?? breakerDefaults.minRequests,
    windowMs: window ?? breakerDefaults.windowMs,
    openMs: open ?? breakerDefaults.openMs,
  };
}
