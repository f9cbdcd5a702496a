import { chmod, lstat, readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ways } from "../harness/driver.ts";
import type { Running } from "../harness/example.ts";
import { type DeployedSite, deploySite } from "./events/deployed-site.ts";
import { throughEvents } from "./events/site-ways.ts";
import { tellStories } from "./stories.ts";

let site: DeployedSite;

beforeAll(async () => {
  site = await deploySite();
}, 180_000);
afterAll(() => site?.remove());

async function list(): Promise<string[]> {
  const found = await readdir(site.folder, { recursive: true, withFileTypes: true });
  return [site.folder, ...found.map((entry) => join(entry.parentPath, entry.name))];
}

async function changeModes(folderMode: number, fileMode: number): Promise<void> {
  for (const path of await list()) {
    const stats = await lstat(path);
    if (!stats.isSymbolicLink()) await chmod(path, stats.isDirectory() ? folderMode : fileMode);
  }
}

describe("the folder that the build adapter writes", () => {
  it("refers to nothing outside of itself, and has nothing that only a build needs", async () => {
    const entries = ["app", "handler.mjs", "server.mjs", "streaming.mjs", "tidegate.mjs"];
    expect((await readdir(site.folder)).sort()).toEqual(entries);
    const paths = await list();
    for (const path of paths) expect((await realpath(path)).startsWith(site.folder), path).toBe(true);
    expect(paths.filter((path) => /\.nft\.json$|\.js\.map$|\/cache\/|\/webpack\//.test(path))).toEqual([]);
    expect(await readFile(join(site.folder, "tidegate.mjs"), "utf8")).not.toMatch(/from "@tidegate/);
  });
});

describe.each(ways)("the deployed site's server $name", ({ start }) => {
  let running: Running;

  beforeAll(async () => {
    const file = join(site.folder, "server.mjs");
    running = await start({ name: "deployed", cwd: site.folder, entry: { kind: "node", file } });
  });
  afterAll(() => running?.stop());

  tellStories({ url: () => running.url, isStreamed: true });
});

describe("the deployed site's handler that streams", () => {
  let running: Running;

  beforeAll(async () => {
    const { start } = throughEvents("lambda-stream", join(site.folder, "streaming.mjs"));
    running = await start({ name: "deployed", cwd: site.folder, entry: { kind: "node", file: "" } });
  });
  afterAll(() => running?.stop());

  tellStories({ url: () => running.url, isStreamed: true });
});

describe("the deployed site's handler, on a disk that cannot be written", () => {
  let running: Running;

  beforeAll(async () => {
    await changeModes(0o555, 0o444);
    const { start } = throughEvents("aws-http-v2", join(site.folder, "handler.mjs"), true);
    running = await start({ name: "deployed", cwd: site.folder, entry: { kind: "node", file: "" } });
  });
  afterAll(async () => {
    await running?.stop();
    // What cannot be written cannot be removed.
    await changeModes(0o755, 0o644);
  });

  tellStories({ url: () => running.url, isStreamed: false });
});
