import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "./load-config.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidegate-config-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("loadConfig resolves paths against the file's folder", async () => {
  await writeFile(join(folder, "tidegate.yaml"), "functions:\n  shop:\n    entry: ./server.js\n");
  const { functions } = await loadConfig("tidegate.yaml", folder);
  expect(functions[0]).toMatchObject({ entry: { file: join(folder, "server.js") }, cwd: folder });
});

test("loadConfig shows the file as it was given", async () => {
  await writeFile(join(folder, "broken.yaml"), "functions: 3\n");
  await expect(loadConfig("./broken.yaml", folder)).rejects.toMatchObject({
    code: "TIDEGATE_CONFIG_INVALID",
    message:
      "Cannot use the configuration:\n  ./broken.yaml:1:12 functions: expected a mapping of function names to functions, got 3",
  });
});

test("loadConfig tells of a missing file by code", async () => {
  await expect(loadConfig("none.yaml", folder)).rejects.toMatchObject({
    code: "TIDEGATE_CONFIG_NOT_FOUND",
    message: 'Cannot read the configuration "none.yaml": no such file',
  });
});
