import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { BuildOutput, ServerOutput } from "./build-output.ts";

/** Files to copy: path in the deployed folder, to absolute path. */
export type FileMap = Map<string, string>;

interface Trace {
  /** Relative to the trace itself. */
  files: string[];
}

/** A manifest that the server cannot start without; Next's own standalone server is copied by it, too. */
interface RequiredFiles {
  files: string[];
}

const MANIFEST = "required-server-files.json";

/**
 * Lists what the server of a site loads, wherever it lies: the build's manifests and code, packages, files the code
 * reads. Folders that are copied whole (`server`, `static`, `public`) are in it only as far as code refers to them.
 *
 * @param build what Next told of its build
 * @returns the files, placed as they are below `build.repoRoot`; files outside of it are left out, with a warning
 */
export async function listTracedFiles(build: BuildOutput): Promise<FileMap> {
  const files: FileMap = new Map();
  const outside: string[] = [];
  function add(source: string, place = relative(build.repoRoot, source)): void {
    if (place.startsWith("..") || resolve(place) === place) outside.push(source);
    else files.set(place, source);
  }
  for (const output of serverOutputs(build)) {
    add(output.filePath);
    // What an edge output loads is named as its own platform wants it; the server looks for it where the build left it.
    const isEdge = output.runtime === "edge";
    for (const [place, source] of Object.entries(output.assets)) add(source, isEdge ? undefined : place);
    for (const source of Object.values(output.wasmAssets ?? {})) add(source);
  }
  // What Next's server itself needs, apart from any page. The file's form is that of @vercel/nft, as documented.
  const trace = join(build.distDir, "next-server.js.nft.json");
  for (const file of (await readJson<Trace>(trace)).files) add(resolve(dirname(trace), file));
  for (const file of (await readJson<RequiredFiles>(join(build.distDir, MANIFEST))).files) {
    add(join(build.projectDir, file));
  }
  add(join(build.distDir, MANIFEST));
  warnOfFilesOutside(build.repoRoot, outside);
  return files;
}

function serverOutputs({ outputs }: BuildOutput): ServerOutput[] {
  const { pages, pagesApi, appPages, appRoutes, middleware } = outputs;
  return [...pages, ...pagesApi, ...appPages, ...appRoutes, ...(middleware ? [middleware] : [])];
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, "utf8")) as T;
}

function warnOfFilesOutside(root: string, files: string[]): void {
  if (files.length === 0) return;
  console.warn(
    `Tidegate leaves out ${files.length} files outside of "${root}", such as "${files[0]}": ` +
      "set outputFileTracingRoot to a folder above them",
  );
}
