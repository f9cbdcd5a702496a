import { globSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { adapterPath } from "@tidegate/next/adapter";
import { ensureBuilt } from "../build.ts";

const DIST_DIR = "dist/next";
const adapter = join(dirname(adapterPath), "..");

/** A copy of the folder that the build adapter writes, far from the site and its packages. */
export interface DeployedSite {
  folder: string;
  remove(): Promise<void>;
}

/** Builds the site with the adapter if need be, and deploys it as a person does who copies the folder. */
export async function deploySite(): Promise<DeployedSite> {
  const sources = globSync(["src/*.ts", "dist/runtime.mjs"], { cwd: adapter }).map((file) => join(adapter, file));
  await ensureBuilt({ distDir: DIST_DIR, env: { NEXT_ADAPTER_PATH: adapterPath }, sources });
  const folder = await mkdtemp(join(tmpdir(), "next-site-"));
  await cp(join(import.meta.dirname, "..", DIST_DIR, "tidegate"), folder, { recursive: true, verbatimSymlinks: true });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
