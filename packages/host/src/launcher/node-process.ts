import { instanceVariable, preloadPath } from "@tidegate/agent";
import type { NodeEntry } from "@tidegate/core";
import { spawnChild } from "./child.ts";
import { ControlChannel } from "./control-channel.ts";
import { InstanceOutput } from "./instance-output.ts";
import type { Launched, LaunchOptions } from "./launcher.ts";
import { instanceEnvironment, nodeVariables } from "./node-environment.ts";
import { nodeInstance } from "./node-instance.ts";
import { createSocketPath } from "./socket-path.ts";

/** Starts a Node program or module as `node ENTRY` would, with the agent loaded before it. It serves on a Unix socket. */
export function launchNode(entry: NodeEntry, options: LaunchOptions): Launched {
  const { function: fn, instance, runtimeDir, publicPort } = options;
  const path = createSocketPath(runtimeDir, instance);
  const environment = instanceEnvironment(path, publicPort);
  const args = [...(entry.nodeArgs ?? []), "--require", preloadPath, entry.file, ...(entry.args ?? [])];
  const env = nodeVariables(fn, publicPort, { [instanceVariable]: JSON.stringify(environment) });
  const output = new InstanceOutput(options.onOutput);
  const child = spawnChild(process.execPath, args, {
    cwd: fn.cwd,
    env,
    control: "pipe",
    group: options.groups?.create(fn.name) ?? null,
    onOutput: (stream, chunk) => output.read(stream, chunk),
  });
  const control = new ControlChannel(child.control);
  return nodeInstance({ start: "process", function: fn, child, control, output, path });
}
