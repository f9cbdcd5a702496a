import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOutput, SiteConfig } from "./build-output.ts";
import { copyFiles, copyFolder } from "./copy-files.ts";
import { entryFiles, RUNTIME_FILE } from "./entry-files.ts";
import { type FileMap, listTracedFiles } from "./traced-files.ts";

/** Name of the folder in the build's own that can be deployed. */
const FOLDER = "tidegate";

const BUILD_PHASE = "phase-production-build";

/**
 * Path of this adapter, for `adapterPath` in a site's configuration. With it, `next build` also writes a folder that
 * runs anywhere: `tidegate` in the folder of the build.
 *
 * @example
 * import { adapterPath } from "@tidegate/next/adapter";
 * export default { adapterPath };
 */
export const adapterPath: string = fileURLToPath(import.meta.url);

/** Name of the adapter in Next's log. */
export const name = "tidegate";

/**
 * Part of Next's adapter interface: asks for a build that traces all files of the server.
 *
 * @param config the site's configuration
 * @returns a copy with `output: "standalone"` while a site is built, unless it has no server; else the same
 */
export function modifyConfig<T extends SiteConfig>(config: T, { phase }: { phase: string }): T {
  if (phase !== BUILD_PHASE || config.output === "export") return config;
  // Without it, Next traces the server for its own platform only, and parts that others start are missing.
  return { ...config, output: "standalone" };
}

/**
 * Part of Next's adapter interface: writes a folder that runs anywhere, with entries for functions and servers.
 *
 * @param build what Next tells of its build
 */
export async function onBuildComplete(build: BuildOutput): Promise<void> {
  if (build.config.output === "export") {
    console.warn('Tidegate writes no function: output is "export", which has no server');
    return;
  }
  const folder = join(build.distDir, FOLDER);
  const app = join(folder, "app");
  await rm(folder, { recursive: true, force: true });
  await mkdir(app, { recursive: true });
  await copyFiles(await listTracedFiles(build), app);
  await copySite(build, app);
  await writeEntries(build, folder);
  console.log(`Tidegate wrote ${relative(process.cwd(), folder)}: handler.mjs for functions, server.mjs for servers`);
}

async function copySite(build: BuildOutput, app: string): Promise<void> {
  const { projectDir, distDir, repoRoot } = build;
  const place = (path: string): string => join(app, relative(repoRoot, path));
  // Pages and routes find each other by name when they run, so a trace does not tell of all of them.
  const server = join(distDir, "server");
  await copyFolder(server, place(server), (path) => !path.endsWith(".nft.json") && !path.endsWith(".js.map"));
  const assets = join(distDir, "static");
  await copyFolder(assets, place(assets));
  const publicFiles = join(projectDir, "public");
  await copyFolder(publicFiles, place(publicFiles));
  const rest = ["package.json", ".env", ".env.production"].map((file) => join(projectDir, file));
  const files: FileMap = new Map(rest.map((file) => [relative(repoRoot, file), file]));
  await copyFiles(files, app);
}

async function writeEntries(build: BuildOutput, folder: string): Promise<void> {
  const runtime = fileURLToPath(new URL("../dist/runtime.mjs", import.meta.url));
  await copyFile(runtime, join(folder, RUNTIME_FILE));
  const site = toUrlPath(join("app", relative(build.repoRoot, build.projectDir)));
  const entries = entryFiles({ site, build: toUrlPath(relative(build.projectDir, build.distDir)) });
  for (const [file, text] of Object.entries(entries)) await writeFile(join(folder, file), text);
}

function toUrlPath(path: string): string {
  return path.split(sep).join("/");
}
