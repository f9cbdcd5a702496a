import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readEvent } from "@tidegate/http/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProject, EXAMPLES, type Project, ROOT, readCode } from "./adapter-readme.ts";

const EVENT = readEvent("aws/apigw-http-v2-get.json");

test("every adapter has an example that is run", async () => {
  const adapters = await readdir(join(ROOT, "adapters"));
  expect(EXAMPLES.map(({ adapter }) => adapter).sort()).toEqual(adapters.sort());
});

describe.each(EXAMPLES)("the README of @tidegate/$adapter", ({ adapter, body, packages, files = {} }) => {
  let project: Project;
  beforeAll(async () => {
    project = await createProject();
    const folder = join(ROOT, "adapters", adapter);
    await project.link(`@tidegate/${adapter}`, folder);
    for (const name of packages) await project.link(name, join(folder, "node_modules", name));
    for (const [path, text] of Object.entries(files)) await project.write(path, text);
  });
  afterAll(() => project.remove());

  test("has an example that answers an event", async () => {
    const { esm } = await readCode(adapter);
    await project.write("example.mjs", esm ?? "");
    const answer = await project.call("example.mjs", EVENT);
    expect(answer).toMatchObject({ statusCode: 200, body: expect.stringContaining(body) });
  });

  test("has an example in CommonJS that does the same", async ({ skip }) => {
    const { commonjs } = await readCode(adapter);
    if (commonjs === undefined) skip(adapter === "next", "Next's adapter is written in ES modules only");
    await project.write("example.cjs", commonjs ?? "");
    const answer = await project.call("example.cjs", EVENT);
    expect(answer).toMatchObject({ statusCode: 200, body: expect.stringContaining("42") });
  });
});
