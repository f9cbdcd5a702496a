import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addonPath } from "./addon-path.ts";

/**
 * The environment to start a template with: the addon is preloaded there (`LD_PRELOAD`), so that a forked child knows which
 * threads of the template it lacks, and can end. The addon takes itself out of the variable before any JavaScript runs.
 *
 * @param environment - as for a plain process; libraries it preloads itself are kept
 * @returns a copy; without the addon it is the same
 */
export function templateEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const path = addonPath();
  if (path === null) return environment;
  const others = environment.LD_PRELOAD;
  const own = preloadablePath(path);
  return { ...environment, LD_PRELOAD: others === undefined || others === "" ? own : `${own}:${others}` };
}

const links = new Map<string, string>();

/** The variable separates paths by colons and spaces and has no way to quote them: such a path gets a link without. */
function preloadablePath(path: string): string {
  if (!/[\s:]/.test(path)) return path;
  const known = links.get(path);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), "tidegate-fork-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const link = join(folder, "fork.node");
  symlinkSync(path, link);
  links.set(path, link);
  return link;
}
