import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAddon, hashSources } from "../build-addon.ts";
import { addonPath } from "./addon-path.ts";
import { requireForking } from "./testing/test-template.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ARCH = `linux-${process.arch}`;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-fork-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The package as it is installed, with another addon, or none. */
function install(name: string, addon: string | Buffer | null): string {
  const target = join(folder, name);
  mkdirSync(join(target, "prebuilds", ARCH), { recursive: true });
  for (const part of ["native", "binding.gyp", "install.cjs"])
    cpSync(join(ROOT, part), join(target, part), { recursive: true });
  cpSync(join(ROOT, "src"), join(target, "dist"), { recursive: true });
  if (addon !== null) writeFileSync(join(target, "prebuilds", ARCH, "fork.node"), addon);
  writeFileSync(join(target, "package.json"), '{"type":"module"}');
  return target;
}

/** What loadForking() answers in a process of its own: "forking", or the reason. */
function load(root: string, run: readonly string[] = []): string {
  const script = `import { loadForking } from ${JSON.stringify(join(root, "load-forking.ts"))}; const loaded = loadForking();
    console.log("forking" in loaded ? "forking" : loaded.unavailable);`;
  const [program = "", ...parameters] = [...run, process.execPath, "--input-type=module", "-e", script];
  const { status, stdout, stderr } = spawnSync(program, parameters, { encoding: "utf8" });
  if (status !== 0) throw new Error(`Cannot load: ${stderr}`);
  return stdout.trim();
}

test("the addon of this workspace is made of its sources", () => {
  // Without a compiler everything runs with plain processes, but then nothing here would be tested.
  expect(buildAddon(process.arch), 'install a C compiler with "apt-get install -y gcc libc6-dev"').toBeNull();
  expect(requireForking()).toMatchObject({ sources: hashSources() });
});

describe("loadForking", () => {
  test("loads the addon here", () => {
    expect(load(join(ROOT, "src"))).toBe("forking");
  });

  test("says that there is no addon", () => {
    expect(load(join(install("none", null), "dist"))).toBe(
      `no addon is prebuilt or compiled for Linux on ${process.arch}`,
    );
  });

  test("says that it cannot be loaded", () => {
    expect(load(join(install("broken", "no library"), "dist"))).toMatch(
      // The first two are glibc's words, the last are musl's.
      /^the addon could not be loaded: .*fork\.node: (file too short|invalid ELF header|Exec format error)$/,
    );
  });

  test("says that this is another system", () => {
    const script = `Object.defineProperty(process, "platform", { value: "darwin" }); const { loadForking } = await import(${JSON.stringify(join(ROOT, "src/load-forking.ts"))}); console.log(loadForking().unavailable);`;
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", script]).toString().trim()).toBe(
      "this is darwin, and only Linux can fork",
    );
  });

  const { EPERM, ENOSYS } = constants.errno;
  const numbers = process.arch === "x64" ? { prctl: 157, waitid: 247 } : { prctl: 167, waitid: 95 };
  test.each([
    ["pidfd_open", 434, EPERM, "this system refuses pidfd_open: Operation not permitted"],
    ["pidfd_open", 434, ENOSYS, "this system refuses pidfd_open: Function not implemented"],
    ["waitid", numbers.waitid, EPERM, "this system refuses waitid with a pidfd: Operation not permitted"],
    ["prctl", numbers.prctl, EPERM, "this system refuses prctl(PR_SET_CHILD_SUBREAPER): Operation not permitted"],
  ])("says that %s is refused (call %i, error %i)", (_name, call, error, reason) => {
    const program = join(folder, "refuse-call");
    if (!existsSync(program)) execFileSync("cc", [join(ROOT, "src/testing/refuse-call.c"), "-o", program]);
    expect(load(join(ROOT, "src"), [program, String(call), String(error)])).toBe(reason);
  });
});

describe("the addon's file", () => {
  const path = addonPath() ?? "";

  test("needs no library of its own, so that one serves glibc and musl", () => {
    expect(execFileSync("readelf", ["-dW", path]).toString()).not.toMatch(/NEEDED|TEXTREL|RPATH|RUNPATH/);
    const symbols = execFileSync("nm", ["-D", "--undefined-only", path]).toString().split(/\s+/);
    // Names that headers of some glibc make of plain functions; others do not have them.
    expect(symbols.filter((name) => /^__(?!errno_location$)|@|^(fstat|stat|lstat)$/.test(name))).toEqual([]);
  });

  test("exports no more than it has to", () => {
    const symbols = execFileSync("nm", ["-D", "--defined-only", path]).toString().trim().split("\n");
    const names = symbols.map((line) =>
      line
        .split(" ")
        .at(-1)
        ?.replace(/napi_register_module_v\d+/, "napi_register_module"),
    );
    expect(names.sort()).toEqual([
      "napi_register_module",
      "node_api_module_get_api_version_v1",
      "pthread_cond_destroy",
      "pthread_create",
      "pthread_join",
      "pthread_mutex_destroy",
      "syscall",
    ]);
  });
});

describe("the install script", () => {
  const run = (root: string): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ["install.cjs"], { cwd: root, encoding: "utf8", env: { PATH: "/nowhere" } });

  test("has nothing to do with an addon that works", () => {
    const root = install("good", readFileSync(addonPath() ?? ""));
    expect(run(root)).toMatchObject({ status: 0, stdout: "", stderr: "" });
  });

  test.each([
    ["without an addon", null],
    ["with one for another system", "no library"],
  ])("does not fail %s where nothing can be compiled, and says what that means", (name, addon) => {
    const { status, stdout } = run(install(name, addon));
    expect(status).toBe(0);
    expect(stdout).toContain("Instances start as plain processes");
  });

  test("compiles with node-gyp where it can, for this system alone", () => {
    const root = install("compiled", null);
    const tools = join(folder, "tools");
    mkdirSync(tools, { recursive: true });
    // Stands in for node-gyp, which would download headers.
    const script = `#!/bin/sh\n[ "$1" = rebuild ] && mkdir -p build/Release && cp ${JSON.stringify(addonPath())} build/Release/fork.node\n`;
    writeFileSync(join(tools, "node-gyp"), script, { mode: 0o755 });
    const env = { PATH: `${tools}:/bin:/usr/bin` };
    const { status, stdout } = spawnSync(process.execPath, ["install.cjs"], { cwd: root, encoding: "utf8", env });
    expect([status, stdout]).toEqual([0, ""]);
    expect(load(join(root, "dist"))).toBe("forking");
  });

  test("binding.gyp names every source", () => {
    const { targets } = JSON.parse(readFileSync(join(ROOT, "binding.gyp"), "utf8"));
    const sources = execFileSync("ls", [join(ROOT, "native")])
      .toString()
      .split("\n");
    expect(targets[0].sources).toEqual(sources.filter((name) => name.endsWith(".c")).map((name) => `native/${name}`));
  });
});
