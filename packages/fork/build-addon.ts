import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = import.meta.dirname;
const SOURCES = join(ROOT, "native");
/** Processors the addon is published for, and the compilers that can make it. */
const COMPILERS: Readonly<Record<string, readonly string[]>> = {
  x64: ["x86_64-linux-gnu-gcc", "cc"],
  arm64: ["aarch64-linux-gnu-gcc", "cc"],
};
const FLAGS = [
  "-std=gnu11",
  "-O2",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-fvisibility=hidden",
  "-fPIC",
  "-shared",
  // Symbols of libc come from the Node process, so that one binary serves glibc and musl. For that, none may be left that only
  // a libc or a compiler's own library has: guards of the stack, checked variants of functions, calls for atomics.
  "-nostdlib",
  "-fno-stack-protector",
  "-U_FORTIFY_SOURCE",
  "-D_FORTIFY_SOURCE=0",
];
const ARM_FLAGS = ["-mno-outline-atomics"];

/** Processors the addon is published for. */
export const processors: readonly string[] = Object.keys(COMPILERS);

/** A hash of all sources: an addon holds that of the ones it was made of, as `sources`. */
export function hashSources(): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(SOURCES).sort()) hash.update(name).update(readFileSync(join(SOURCES, name)));
  return hash.update(FLAGS.join(" ")).digest("hex").slice(0, 32);
}

/** Node's headers: beside its binary, as its archives and the package `node` have them, or where systems install them. */
function findHeaders(): string | null {
  const packages = join(ROOT, "../../node_modules/node/package.json");
  const near = existsSync(packages) ? [dirname(realpathSync(packages))] : [];
  const places = [
    join(dirname(realpathSync(process.execPath)), "../include/node"),
    ...near.map((folder) => join(folder, `node_modules/node-linux-${process.arch}/include/node`)),
    "/usr/include/node",
    "/usr/local/include/node",
  ];
  return places.find((place) => existsSync(join(place, "node_api.h")) && existsSync(join(place, "uv.h"))) ?? null;
}

function has(command: string): boolean {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}

/**
 * Compiles the addon into `prebuilds`, unless the one there was made of these sources.
 *
 * @param arch - as `process.arch` names it
 * @returns null when it is there, else why not
 */
export function buildAddon(arch: string): string | null {
  const hash = hashSources();
  const target = join(ROOT, `prebuilds/linux-${arch}/fork.node`);
  if (existsSync(target) && readFileSync(target).includes(hash)) return null;
  const compiler = (COMPILERS[arch] ?? ["cc"]).find((name) => (name !== "cc" || arch === process.arch) && has(name));
  if (compiler === undefined) return `no C compiler for ${arch}`;
  const headers = findHeaders();
  if (headers === null) return "no headers of Node (node_api.h, uv.h)";
  mkdirSync(dirname(target), { recursive: true });
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith(".c"));
  // Under another name first: a process may have the old one loaded, and two builds may run at once.
  const draft = `${target}.${process.pid}`;
  const flags = [...FLAGS, ...(arch === "arm64" ? ARM_FLAGS : []), `-DTIDEGATE_SOURCES="${hash}"`, `-I${headers}`];
  const compiled = spawnSync(compiler, [...flags, ...sources.map((name) => join(SOURCES, name)), "-s", "-o", draft], {
    encoding: "utf8",
  });
  if (compiled.status !== 0) return `${compiler} failed:\n${compiled.stderr}`;
  renameSync(draft, target);
  return null;
}
