import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { type ContainerTools, findProgram } from "./container-tools.ts";

/** What npm, scripts of packages and the Containerfile's own commands call in the build stage. */
const buildPrograms = ["sh", "env", "basename", "cat", "cp", "dirname", "ln", "mkdir", "rm", "sed", "uname"] as const;

/** Parts of the C library that programs inside npm packages are linked with, beside those that Node is. */
const libcParts = [
  "libdl.so.2",
  "librt.so.1",
  "libresolv.so.2",
  "libutil.so.1",
  "libnss_dns.so.2",
  "libnss_files.so.2",
];

const caFile = "/etc/ssl/certs/ca-certificates.crt";

/**
 * Makes an image with what the Containerfile needs of `node:24-slim`, from this machine's own Node, npm and shell,
 * because tests pull no image.
 *
 * @returns the image's name, for `BASE_IMAGE`
 */
export async function createBaseImage(tools: ContainerTools): Promise<string> {
  const name = "localhost/tidegate-test-base";
  const root = join(tools.folder, "base");
  addPrograms(root);
  addNpm(root);
  addUsers(root);
  const environment = ["PATH=/usr/local/bin:/usr/bin:/bin", ...addCertificates(root)];
  const container = await tools.buildah("from", "scratch");
  await tools.buildah("copy", container, root, "/");
  await tools.buildah("config", ...environment.flatMap((variable) => ["--env", variable]), container);
  await tools.buildah("commit", "--quiet", "--rm", container, name);
  return name;
}

function addPrograms(root: string): void {
  const node = realpathSync(process.execPath);
  add(node, join(root, "usr/local/bin/node"));
  const libraries = new Set(librariesOf(node));
  for (const name of buildPrograms) {
    const path = need(name);
    add(path, join(root, "usr/bin", name));
    for (const library of librariesOf(path)) libraries.add(library);
  }
  mkdirSync(join(root, "bin"));
  symlinkSync("/usr/bin/sh", join(root, "bin/sh"));
  const libc = [...libraries].find((library) => basename(library) === "libc.so.6");
  if (libc !== undefined) for (const part of libcParts) libraries.add(join(dirname(libc), part));
  for (const library of libraries) if (existsSync(library)) add(library, join(root, library));
}

/** Absolute paths of the shared libraries and the loader that a program names; none for one linked statically. */
function librariesOf(program: string): string[] {
  const text: string = execFileSync(need("ldd"), [program], { encoding: "utf8" });
  return [...text.matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(([, path]) => path ?? "");
}

function addNpm(root: string): void {
  // npm's programs are links into its package: npm/bin/npm-cli.js
  const npm = dirname(dirname(realpathSync(need("npm"))));
  cpSync(npm, join(root, "usr/local/lib/node_modules/npm"), { recursive: true, verbatimSymlinks: true });
  for (const name of ["npm", "npx"]) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, "usr/local/bin", name));
  }
}

/** The user "node" has the number it has in the official images. */
function addUsers(root: string): void {
  mkdirSync(join(root, "etc"), { recursive: true });
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\nnode:x:1000:\n");
  mkdirSync(join(root, "home/node"), { recursive: true });
  chownSync(join(root, "home/node"), 1000, 1000);
  mkdirSync(join(root, "tmp"));
  chmodSync(join(root, "tmp"), 0o1777);
}

/** The build downloads through whatever this machine trusts. Returns variables of the environment. */
function addCertificates(root: string): string[] {
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  const file = extra ?? caFile;
  if (!existsSync(file)) return [];
  add(file, join(root, caFile));
  return extra === undefined ? [] : [`NODE_EXTRA_CA_CERTS=${caFile}`];
}

function add(file: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(file, to);
}

function need(name: string): string {
  const path = findProgram(name);
  if (path === null) throw new Error(`Cannot make a base image: no program "${name}" in PATH`);
  return path;
}
