import { rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type InstanceEnvironment, instanceVariable, preloadPath } from "@tidegate/agent";
import type { NodeEntry } from "@tidegate/core";
import { controlFd, spawnChild } from "./child.ts";
import { ControlChannel } from "./control-channel.ts";
import { isEnding } from "./is-ending.ts";
import type { Launched, LaunchOptions } from "./launcher.ts";
import { createSocketPath } from "./socket-path.ts";
import { StartupCheck } from "./startup-check.ts";

/**
 * Starts a Node program or module as `node ENTRY` would, with the agent loaded before it. The instance serves on a
 * Unix socket, and tells over the control stream when it does. It is ready then, or once its startup path answers.
 */
export function launchNode(entry: NodeEntry, options: LaunchOptions): Launched {
  const { function: fn, instance, runtimeDir, publicPort } = options;
  const path = createSocketPath(runtimeDir, instance);
  const environment: InstanceEnvironment = {
    socket: path,
    controlFd,
    port: publicPort,
    compileCache: compileCacheDir(),
  };
  const args = [...(entry.nodeArgs ?? []), "--require", preloadPath, entry.file, ...(entry.args ?? [])];
  const env = { PORT: String(publicPort), ...process.env, ...fn.env, [instanceVariable]: JSON.stringify(environment) };
  const child = spawnChild(process.execPath, args, { cwd: fn.cwd, env, control: true }, options.onOutput);
  const check = new StartupCheck({ path }, fn);
  void child.exited.then(() => check.abort());
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const control = new ControlChannel(child.control, (protocol) => {
    check.protocol = protocol;
    resolve(fn.health.startupPath === null ? undefined : check.passed());
  });
  return {
    pid: child.pid,
    endpoint: { path },
    protocol: () => check.protocol,
    ready,
    ended: child.ended,
    exited: child.exited,
    isEnding: () => isEnding(child.pid),
    lacks: () => check.lacks,
    lastWords: child.lastWords,
    signal: child.signal,
    freeze: () => {
      control.forget();
      child.signal("SIGSTOP");
    },
    thaw: () => child.signal("SIGCONT"),
    measure: () => control.measure(),
    release: () => {
      check.abort();
      // A killed process leaves its socket's file.
      void rm(path, { force: true }).catch(() => {});
    },
  };
}

/** Shared by all hosts of a user; Node keys its entries by Node version, path and content. */
function compileCacheDir(): string | null {
  if (process.env.NODE_DISABLE_COMPILE_CACHE !== undefined) return null;
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tidegate", "compile-cache");
}
