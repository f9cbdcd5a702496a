import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createFolder } from "../testing/test-io.ts";
import { type SourceWatch, watchSources } from "./watch-sources.ts";

let watch: SourceWatch | null = null;
let remove: () => Promise<void> = async () => {};
afterEach(async () => {
  await watch?.stop();
  await remove();
});

async function watched(
  files: Readonly<Record<string, string>>,
  entry: string | null = null,
): Promise<[string, string[]]> {
  const [folder, removeIt] = await createFolder(files);
  remove = removeIt;
  const seen: string[] = [];
  watch = watchSources(
    folder,
    entry === null ? null : join(folder, entry),
    (changed) => seen.push(...changed),
    (error) => seen.push(String(error)),
  );
  await watch.ready;
  return [folder, seen];
}

test("watchSources tells of changed, new and removed sources, in new folders too", async () => {
  const [folder, seen] = await watched({ "server.js": "", "lib/old.js": "" });
  await writeFile(join(folder, "server.js"), "1");
  await mkdir(join(folder, "routes"));
  await writeFile(join(folder, "routes/new.ts"), "");
  await rm(join(folder, "lib/old.js"));
  await expect
    .poll(() => [...new Set(seen)].sort(), { timeout: 5000 })
    .toEqual(["lib/old.js", "routes/new.ts", "server.js"].map((file) => join(folder, file)));
});

test("watchSources does not tell of data, dependencies and hidden folders", async () => {
  const [folder, seen] = await watched({
    "server.js": "",
    "node_modules/x/index.js": "",
    "data/state.json": "",
    ".git/config.json": "",
  });
  for (const file of ["node_modules/x/index.js", "data/state.json", ".git/config.json", "shop.sqlite", "out.log"]) {
    await writeFile(join(folder, file), "1");
  }
  // What is written last is told last: nothing before it was.
  await writeFile(join(folder, "server.js"), "1");
  await expect.poll(() => seen, { timeout: 5000 }).toEqual([join(folder, "server.js")]);
});

test("watchSources watches an entry in a folder of builds", async () => {
  const [folder, seen] = await watched({ "dist/server.js": "" }, "dist/server.js");
  await writeFile(join(folder, "dist/server.js"), "1");
  await expect.poll(() => seen, { timeout: 5000 }).toEqual([join(folder, "dist/server.js")]);
});
