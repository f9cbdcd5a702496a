import { homedir } from "node:os";
import { join } from "node:path";
import type { InstanceEnvironment } from "@tidegate/agent";
import type { FunctionConfig } from "@tidegate/core";
import { controlFd } from "./child.ts";

/** Environment variables of a Node app: the host's own, those of its function, and the agent's. */
export function nodeVariables(
  fn: FunctionConfig,
  publicPort: number,
  agent: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  return { PORT: String(publicPort), ...process.env, ...fn.env, ...agent };
}

/** What the agent of an instance is told. */
export function instanceEnvironment(socket: string, publicPort: number): InstanceEnvironment {
  return { socket, controlFd, port: publicPort, compileCache: compileCacheDir() };
}

/** Folder of V8's compile cache, shared by all hosts of a user: Node keys its entries by Node version, path and content. */
export function compileCacheDir(): string | null {
  if (process.env.NODE_DISABLE_COMPILE_CACHE !== undefined) return null;
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tidegate", "compile-cache");
}
