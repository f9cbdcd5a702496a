import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeFolder } from "./make-folder.ts";

it("makes a folder and those above it, for this user alone, once or again", async () => {
  const parent = await mkdtemp(join(tmpdir(), "tidegate-folders-"));
  const path = join(parent, "a", "b", "c");
  await makeFolder(path);
  await makeFolder(path);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  await rm(parent, { recursive: true });
});

it("says so where there can be none", async () => {
  await expect(makeFolder(join(import.meta.filename, "a"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

it.runIf(process.platform === "linux")("comes to an end in a file system without folders", async () => {
  await expect(makeFolder("/proc/tidegate/a/b")).rejects.toMatchObject({ code: "ENOENT" });
});
