import { resolve } from "node:path";
import type { Entry } from "@tidegate/core";
import type { FunctionOptions, HostOptions } from "../host-options.ts";
import type { ConfigFile, ConfigFunction } from "./config-file.ts";

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
    }),
  };
}

function toFunctionOptions(name: string, options: ConfigFunction, folder: string): FunctionOptions {
  const { queue = {}, scaling = {} } = options;
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
    }),
    scaling: withoutUnset({
      minInstances: scaling.min,
      maxInstances: scaling.max,
      idleTimeoutMs: scaling.idle,
      targetUtilization: scaling.target,
      stableWindowMs: scaling.stableWindow,
      panicWindowMs: scaling.panicWindow,
      panicThreshold: scaling.panicThreshold,
      maxScaleUpRate: scaling.maxScaleUpRate,
      maxScaleDownRate: scaling.maxScaleDownRate,
      scaleDownDelayMs: scaling.scaleDownDelay,
    }),
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

type WithoutUnset<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** With `exactOptionalPropertyTypes` a setting that is not there differs from one that is undefined. */
function withoutUnset<T extends object>(settings: T): WithoutUnset<T> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as WithoutUnset<T>;
}
