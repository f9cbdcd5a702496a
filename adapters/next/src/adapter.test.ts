import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as adapter from "./adapter.ts";
import type { BuildOutput } from "./build-output.ts";

// What Next itself passes is tried by the example site, whose build uses the adapter.
let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "tidegate-next-")));
  vi.spyOn(console, "log").mockImplementation(() => {});
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true });
});

async function write(path: string, text = ""): Promise<string> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
  return join(root, path);
}

/** A build of a site in a monorepo, with packages linked as pnpm does. */
async function createBuild(extraTraced: string[] = []): Promise<BuildOutput> {
  const dist = "sites/shop/.next";
  await write("node_modules/.pnpm/next@1/node_modules/next/index.js", "next");
  await mkdir(join(root, "sites/shop/node_modules"), { recursive: true });
  await symlink("../../../node_modules/.pnpm/next@1/node_modules/next", join(root, "sites/shop/node_modules/next"));
  const files = ["../node_modules/next", "../../../node_modules/.pnpm/next@1/node_modules/next/index.js"];
  await write(`${dist}/next-server.js.nft.json`, JSON.stringify({ version: 1, files: [...files, ...extraTraced] }));
  await write(`${dist}/required-server-files.json`, JSON.stringify({ files: [".next/BUILD_ID"], config: {} }));
  await write(`${dist}/BUILD_ID`, "b1");
  await write(`${dist}/static/chunk.js`);
  await write(`${dist}/cache/large`);
  await write(`${dist}/server/page.js.nft.json`, "{}");
  await write("sites/shop/public/a b.txt", "public");
  await write("sites/shop/.env.production", "A=1");
  const manifest = await write(`${dist}/required-server-files.js`, "edge");
  const wasm = await write(`${dist}/server/edge/sum.wasm`, "wasm");
  const page = { filePath: await write(`${dist}/server/page.js`, "page"), assets: {} };
  const query = await write("sites/shop/query.sql", "select");
  return {
    outputs: {
      pages: [{ ...page, runtime: "nodejs", assets: { "sites/shop/query.sql": query } }],
      pagesApi: [],
      appPages: [],
      appRoutes: [
        { ...page, runtime: "edge", assets: { "required-server-files.js": manifest }, wasmAssets: { sum: wasm } },
      ],
    },
    projectDir: join(root, "sites/shop"),
    repoRoot: root,
    distDir: join(root, dist),
    config: { output: "standalone" },
  };
}

test("onBuildComplete writes what the site's server loads, and entries beside it", async () => {
  const build = await createBuild();
  await adapter.onBuildComplete(build);
  const folder = join(build.distDir, "tidegate");
  const site = join(folder, "app/sites/shop");
  const text = (path: string): Promise<string> => readFile(join(site, path), "utf8");
  expect(await text(".next/server/page.js")).toBe("page");
  expect(await text(".next/required-server-files.js")).toBe("edge");
  expect(await text(".next/server/edge/sum.wasm")).toBe("wasm");
  expect(await text("query.sql")).toBe("select");
  expect(await text("public/a b.txt")).toBe("public");
  expect(await text(".env.production")).toBe("A=1");
  expect(await text(".next/BUILD_ID")).toBe("b1");
  expect(await text("node_modules/next/index.js")).toBe("next");
  expect(await readlink(join(site, "node_modules/next"))).toMatch(/^\.\.\//);
  expect(existsSync(join(site, ".next/static/chunk.js"))).toBe(true);
  expect((await readdir(join(folder, "app"))).sort()).toEqual(["node_modules", "sites"]);
  expect(existsSync(join(site, ".next/cache"))).toBe(false);
  expect(existsSync(join(site, ".next/server/page.js.nft.json"))).toBe(false);
  const handler = await readFile(join(folder, "handler.mjs"), "utf8");
  expect(handler).toContain('site: "app/sites/shop", build: ".next"');
  expect(handler).not.toContain(root);
});

test("onBuildComplete replaces what an earlier build wrote", async () => {
  const build = await createBuild();
  const old = await write("sites/shop/.next/tidegate/app/old.js");
  await adapter.onBuildComplete(build);
  await adapter.onBuildComplete(build);
  expect(existsSync(old)).toBe(false);
});

test("onBuildComplete leaves out traced files that were never made", async () => {
  const build = await createBuild(["../../../node_modules/optional/native.node"]);
  await adapter.onBuildComplete(build);
  expect(existsSync(join(build.distDir, "tidegate/app/node_modules/optional"))).toBe(false);
});

test("onBuildComplete warns of traced files that have no place in the folder", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const build = await createBuild(["../../../../elsewhere/file.js"]);
  await adapter.onBuildComplete(build);
  expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/leaves out 1 files.*outputFileTracingRoot/));
});

test("onBuildComplete writes nothing for a site that has no server", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const build = await createBuild();
  await adapter.onBuildComplete({ ...build, config: { output: "export" } });
  expect(existsSync(join(build.distDir, "tidegate"))).toBe(false);
  expect(warn).toHaveBeenCalledOnce();
});

test.each([
  { name: "a build traces the server", phase: "phase-production-build", output: undefined, expected: "standalone" },
  { name: "a site without server stays one", phase: "phase-production-build", output: "export", expected: "export" },
  { name: "a running server is left alone", phase: "phase-production-server", output: undefined, expected: undefined },
] as const)("modifyConfig: $name", ({ phase, output, expected }) => {
  const config = { output, basePath: "/shop" };
  expect(adapter.modifyConfig(config, { phase })).toEqual({ basePath: "/shop", output: expected });
});
