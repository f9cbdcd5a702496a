import { rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { type AgentMessage, type InstanceEnvironment, instanceVariable, preloadPath } from "@tidegate/agent";
import type { NodeEntry } from "@tidegate/core";
import { spawnChild } from "./child.ts";
import type { Launched, LaunchOptions } from "./launcher.ts";
import { createLineReader } from "./line-reader.ts";

/** The control stream's descriptor in the child: the first after the standard ones. */
const controlFd = 3;

/**
 * Starts a Node program or module as `node ENTRY` would, with the agent loaded before it. The instance serves on a
 * Unix socket, and tells over the control stream when it does.
 */
export function launchNode(entry: NodeEntry, options: LaunchOptions): Launched {
  const { function: fn, instance, runtimeDir, publicPort } = options;
  const path = join(runtimeDir, `${instance}.sock`);
  const environment: InstanceEnvironment = {
    socket: path,
    controlFd,
    port: publicPort,
    compileCache: compileCacheDir(),
  };
  const args = [...(entry.nodeArgs ?? []), "--require", preloadPath, entry.file, ...(entry.args ?? [])];
  const env = { PORT: String(publicPort), ...process.env, ...fn.env, [instanceVariable]: JSON.stringify(environment) };
  const child = spawnChild(process.execPath, args, { cwd: fn.cwd, env, control: true }, options.onOutput);
  const control = child.process.stdio[controlFd] as Duplex | null;
  const ready = new Promise<void>((resolve) => {
    const read = createLineReader((line) => {
      if (isReady(line)) resolve();
    });
    control?.on("data", read);
    control?.on("error", () => {}); // the child is gone; `exited` tells
  });
  return {
    pid: child.process.pid ?? null,
    endpoint: { path },
    ready,
    exited: child.exited,
    lastWords: child.lastWords,
    signal: child.signal,
    // A killed process leaves its socket's file.
    release: () => void rm(path, { force: true }).catch(() => {}),
  };
}

/** An app may write to the descriptor by mistake: whatever is no message is not heeded. */
function isReady(line: string): boolean {
  try {
    return (JSON.parse(line) as AgentMessage | null)?.type === "ready";
  } catch {
    return false;
  }
}

/** Shared by all hosts of a user; Node keys its entries by Node version, path and content. */
function compileCacheDir(): string | null {
  if (process.env.NODE_DISABLE_COMPILE_CACHE !== undefined) return null;
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tidegate", "compile-cache");
}
