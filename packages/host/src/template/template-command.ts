import { type TemplateEnvironment, templatePath, templateVariable } from "@tidegate/agent";
import type { FunctionConfig, NodeEntry } from "@tidegate/core";
import { addonPath, templateEnvironment } from "@tidegate/fork";
import { controlFd } from "../launcher/child.ts";
import { compileCacheDir, nodeVariables } from "../launcher/node-environment.ts";

/**
 * Flags that make a process fit to be forked. A child has none of its template's threads, so V8 must do without; on Node 26
 * `--single-threaded` alone leaves its worker threads. V8's memory reducer plans a full collection for some seconds after the
 * template's last one, which every child would inherit: 16 ms of work, and 4 MB of pages it then no longer shares. (Node 26
 * has none without threads anyway.)
 */
const templateFlags = ["--single-threaded", "--v8-pool-size=0", "--no-memory-reducer"] as const;

/** Arguments for Node. The agent comes before the app's own flags, so that it sees what those load. */
export function templateArguments(entry: NodeEntry): string[] {
  const { nodeArgs = [], file, args = [] } = entry;
  return [...templateFlags, "--require", templatePath, ...nodeArgs, file, ...args];
}

/** Environment variables of a template: those of an instance, but for what the agent is told. */
export function templateVariables(fn: FunctionConfig, publicPort: number): NodeJS.ProcessEnv {
  const environment: TemplateEnvironment = {
    addon: addonPath() ?? "",
    controlFd,
    host: process.pid,
    port: publicPort,
    compileCache: compileCacheDir(),
    warmUp: fn.warmUp,
  };
  return templateEnvironment(nodeVariables(fn, publicPort, { [templateVariable]: JSON.stringify(environment) }));
}
