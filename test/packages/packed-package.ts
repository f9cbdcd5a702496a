import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../docs/adapter-readme.ts";

const run = promisify(execFile);

/** A package as it would be published. */
export interface PackedPackage {
  /** Without its scope. */
  readonly name: string;
  readonly tarball: Buffer;
  /** The unpacked folder. */
  readonly folder: string;
  readonly manifest: {
    readonly name: string;
    readonly type?: string;
    readonly sideEffects?: boolean;
    readonly exports: Record<string, Record<string, string>>;
    readonly dependencies?: Record<string, string>;
  };
  /** Paths of its files. */
  readonly files: readonly string[];
}

/**
 * Packs the adapters and what they depend on, and unpacks them into one folder. Their `dist` has to be built.
 *
 * @returns the folder to remove, and the packages
 */
export async function packPackages(): Promise<{ folder: string; packages: PackedPackage[] }> {
  const folder = await mkdtemp(join(tmpdir(), "tidegate-packed-"));
  // pnpm, since npm would keep the workspace's own exports and versions.
  const filters = ["--filter", "./adapters/*", "--filter", "@tidegate/core"];
  await run("npx", ["--yes", "pnpm@12", ...filters, "pack", "--pack-destination", folder], { cwd: ROOT });
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
  return { folder, packages: await Promise.all(tarballs.map((tarball) => unpack(folder, tarball))) };
}

async function unpack(folder: string, tarball: string): Promise<PackedPackage> {
  const name = tarball.replace(/^tidegate-(.+?)-\d.*$/, "$1");
  const target = join(folder, "@tidegate", name);
  await mkdir(target, { recursive: true });
  await run("tar", ["-xzf", join(folder, tarball), "-C", target, "--strip-components", "1"]);
  const entries = await readdir(target, { recursive: true, withFileTypes: true });
  return {
    name,
    tarball: await readFile(join(folder, tarball)),
    folder: target,
    manifest: JSON.parse(await readFile(join(target, "package.json"), "utf8")),
    files: entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)),
  };
}
