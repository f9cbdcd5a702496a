import { execFile } from "node:child_process";
import { cp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { readEvent } from "@tidegate/http/contract";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, EXAMPLES, type Project, ROOT, readCode } from "../docs/adapter-readme.ts";
import { type PackedPackage, packPackages } from "./packed-package.ts";

const EVENT = readEvent("aws/apigw-http-v2-get.json");
const NAMES = ["core", ...EXAMPLES.map(({ adapter }) => adapter)];
const run = promisify(execFile);

let packages: Map<string, PackedPackage>;
let folder: string;

beforeAll(async () => {
  const packed = await packPackages();
  folder = packed.folder;
  packages = new Map(packed.packages.map((entry) => [entry.name, entry]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function find(name: string): PackedPackage {
  const entry = packages.get(name);
  if (entry === undefined) throw new Error(`Cannot find the package "${name}": it was not packed`);
  return entry;
}

/** A project with the packed packages, as an installation leaves it, and the frameworks of an example. */
async function install(adapter: string): Promise<Project> {
  const project = await createProject();
  await cp(join(folder, "@tidegate"), join(project.folder, "node_modules/@tidegate"), { recursive: true });
  const example = EXAMPLES.find((candidate) => candidate.adapter === adapter);
  const own = join(ROOT, "adapters", adapter, "node_modules");
  for (const name of example?.packages ?? []) await project.link(name, join(own, name));
  for (const [path, text] of Object.entries(example?.files ?? {})) await project.write(path, text);
  return project;
}

test("every adapter is packed", async () => {
  expect([...packages.keys()].sort()).toEqual(["core", ...(await readdir(join(ROOT, "adapters")))].sort());
});

test.each(NAMES)("%s has no dependency but Tidegate's own, and declares no side effects", (name) => {
  const { manifest } = find(name);
  expect(Object.keys(manifest.dependencies ?? {}).filter((other) => !other.startsWith("@tidegate/"))).toEqual([]);
  expect(JSON.stringify(manifest.dependencies ?? {})).not.toContain("workspace:");
  expect(manifest).toMatchObject({ type: "module", sideEffects: false });
  for (const conditions of Object.values(manifest.exports))
    expect(Object.keys(conditions)).toEqual(["types", "default"]);
});

test.each(NAMES)("%s holds what it exports, and nothing that points back at its sources", async (name) => {
  const { files, folder: own, manifest } = find(name);
  const paths = files.map((file) => `./${file.slice(own.length + 1)}`);
  for (const conditions of Object.values(manifest.exports)) {
    for (const path of Object.values(conditions)) expect(paths).toContain(path);
  }
  expect(paths.filter((path) => !/^\.\/(dist\/|package\.json$|README\.md$|LICENSE$)/.test(path))).toEqual([]);
  for (const file of files.filter((path) => /\.(mjs|mts)$/.test(path))) {
    expect(await readFile(file, "utf8"), file).not.toMatch(/(?:from|import\() ?"(?:[^"]*\/src\/[^"]*|[^"]*\.ts)"/);
  }
});

test.each(NAMES)("%s passes publint", async (name) => {
  const { tarball } = find(name);
  const bytes = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength) as ArrayBuffer;
  const { messages, pkg } = await publint({ pack: { tarball: bytes }, level: "warning", strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test.each(NAMES)("%s has types that fit, for ES modules", async (name) => {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(find(name).tarball)));
  const problems = analysis.types === false ? ["no types"] : analysis.problems;
  // CommonJS reaches ES modules by require(esm), which TypeScript's older resolution modes do not know.
  const known = (problem: unknown): boolean => {
    const { kind, resolutionKind } = problem as { kind: string; resolutionKind?: string };
    return kind === "CJSResolvesToESM" || resolutionKind === "node10" || resolutionKind === "node16-cjs";
  };
  expect(problems.filter((problem) => !known(problem))).toEqual([]);
});

test.each(EXAMPLES)("$adapter: the README's example answers an event from the packed package", async (example) => {
  const { adapter, body } = example;
  const project = await install(adapter);
  try {
    const { esm, commonjs } = await readCode(adapter);
    await project.write("example.mjs", esm ?? "");
    const expected = { statusCode: 200, body: expect.stringContaining(body) };
    expect(await project.call("example.mjs", EVENT)).toMatchObject(expected);
    if (commonjs === undefined) return;
    await project.write("example.cjs", commonjs);
    expect(await project.call("example.cjs", EVENT)).toMatchObject({ statusCode: 200 });
  } finally {
    await project.remove();
  }
});

test.each(NAMES)("%s can be required from CommonJS, and gives what an import gives", async (name) => {
  const project = await install(name);
  try {
    const names = Object.keys(find(name).manifest.exports).map((path) => path.replace(".", `@tidegate/${name}`));
    const script = `(async () => {
      for (const name of ${JSON.stringify(names)}) {
        const required = require(name);
        const imported = await import(name);
        if (Object.keys(imported).some((key) => required[key] !== imported[key])) throw new Error(name);
        if (Object.keys(imported).length === 0) throw new Error("nothing exported: " + name);
      }
    })()`;
    await project.write("all.cjs", script);
    await run(process.execPath, ["all.cjs"], { cwd: project.folder });
  } finally {
    await project.remove();
  }
});

interface Bundler {
  rolldown(options: object): Promise<{ generate(options: object): Promise<{ output: { code: string }[] }> }>;
}

/** The bundler the packages themselves are built with, found as its build tool finds it. */
async function loadBundler(): Promise<Bundler> {
  const buildTool = createRequire(join(ROOT, "packages/core/package.json")).resolve("tsdown");
  return import(createRequire(buildTool).resolve("rolldown")) as Promise<Bundler>;
}

test.each(NAMES)("%s leaves nothing in a bundle that does not use it", async (name) => {
  const project = await install(name);
  try {
    const imported = name === "core" ? "detectSource" : "toHandler";
    await project.write("unused.mjs", `import { ${imported} } from "@tidegate/${name}";\nexport const used = 1;\n`);
    const { rolldown } = await loadBundler();
    const bundle = await rolldown({ input: join(project.folder, "unused.mjs"), platform: "node", logLevel: "silent" });
    const { output } = await bundle.generate({ format: "esm" });
    const code = output.map((chunk) => chunk.code.replace(/^\/\/.*$/gm, "")).join("");
    expect(code.length).toBeLessThan(200);
    expect(code).not.toContain("import");
  } finally {
    await project.remove();
  }
});
