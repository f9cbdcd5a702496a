import { afterEach, describe, expect, test } from "vitest";
import { createFolder } from "../testing/test-io.ts";
import { functionNameOf } from "./app-folder.ts";
import { resolveTarget } from "./resolve-target.ts";

let remove: () => Promise<void> = async () => {};
afterEach(() => remove());

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const [folder, removeIt] = await createFolder(files);
  remove = removeIt;
  return folder;
}

const start = (script: string): string => JSON.stringify({ scripts: { start: script } });

interface FoundCase {
  name: string;
  files: Record<string, string>;
  entry?: string;
  rest?: string[];
  /** Relative to the folder. */
  file: string;
  cwd?: string;
  args?: string[];
}

const found: FoundCase[] = [
  { name: "a file", files: { "server.js": "" }, entry: "server.js", file: "server.js" },
  { name: "a file without its extension", files: { "server.mjs": "" }, entry: "./server", file: "server.mjs" },
  {
    name: "a file in a folder, run from here",
    files: { "api/server.ts": "" },
    entry: "api/server.ts",
    file: "api/server.ts",
  },
  {
    name: "arguments for it",
    files: { "a.js": "" },
    entry: "a.js",
    rest: ["--seed", "1"],
    file: "a.js",
    args: ["--seed", "1"],
  },
  {
    name: "the start script",
    files: { "package.json": start("node src/web.js --fast"), "src/web.js": "" },
    file: "src/web.js",
    args: ["--fast"],
  },
  { name: "main", files: { "package.json": '{"main":"lib/web"}', "lib/web.js": "" }, file: "lib/web.js" },
  {
    name: "a usual file where main is gone",
    files: { "package.json": '{"main":"index.js"}', "server.js": "" },
    file: "server.js",
  },
  { name: "a usual file without package.json", files: { "src/app.ts": "" }, file: "src/app.ts" },
  {
    name: "a folder, run in it",
    files: { "api/package.json": start("node a.js"), "api/a.js": "" },
    entry: "api",
    file: "api/a.js",
    cwd: "api",
  },
];

describe("resolveTarget finds", () => {
  test.each(found)("$name", async ({ files, entry, rest = null, file, cwd = "", args }) => {
    const folder = await folderWith(files);
    const target = await resolveTarget(entry, rest, folder);
    expect(target).toMatchObject({
      kind: "entry",
      entry: { kind: "node", file: `${folder}/${file}`, ...(args === undefined ? {} : { args }) },
      cwd: cwd === "" ? folder : `${folder}/${cwd}`,
    });
  });

  test("a command after --", async () => {
    const folder = await folderWith({});
    expect(await resolveTarget(undefined, ["python3", "app.py", "-v"], folder)).toMatchObject({
      entry: { kind: "command", command: ["python3", "app.py", "-v"] },
      cwd: folder,
    });
  });

  test("tidegate.yaml before package.json, also in another folder", async () => {
    const folder = await folderWith({
      "api/tidegate.yaml": "",
      "api/package.json": start("node a.js"),
      "api/a.js": "",
    });
    expect(await resolveTarget("api", null, folder)).toEqual({
      kind: "config",
      file: "api/tidegate.yaml",
      folder: `${folder}/api`,
    });
    expect(await resolveTarget(undefined, null, `${folder}/api`)).toMatchObject({
      kind: "config",
      file: "tidegate.yaml",
    });
  });
});

interface RefusedCase {
  name: string;
  files: Record<string, string>;
  entry?: string;
  rest?: string[];
  code: string;
  message: string;
}

const missing = "TIDEGATE_ENTRY_NOT_FOUND";

const refused: RefusedCase[] = [
  {
    name: "a misspelt file",
    files: { "server.js": "", "app.js": "" },
    entry: "sevrer.js",
    code: missing,
    message: 'Cannot serve "sevrer.js": no such file in "FOLDER"; did you mean "server.js"?',
  },
  {
    name: "another extension",
    files: { "lib/web.mts": "" },
    entry: "lib/web.js",
    code: missing,
    message: 'Cannot serve "lib/web.js": no such file in "lib"; did you mean "lib/web.mts"?',
  },
  {
    name: "a file like none there",
    files: { "b.js": "", "a.js": "", "a.test.js": "" },
    entry: "server.js",
    code: missing,
    message: 'Cannot serve "server.js": no such file in "FOLDER"; there are a.js, b.js',
  },
  {
    name: "a folder that is not there",
    files: {},
    entry: "api/server.js",
    code: missing,
    message: 'Cannot serve "api/server.js": there is no folder "api"',
  },
  {
    name: "an empty folder",
    files: {},
    code: missing,
    message:
      'Cannot serve folder "FOLDER": looked for tidegate.yaml, a package.json with "main" or a "start" script "node FILE", server.js, app.js, index.js, main.js, src/server.js, src/app.js, src/index.js, src/main.js; there is no file that Node runs',
  },
  {
    name: "another language",
    files: { "app.py": "" },
    entry: "app.py",
    code: "TIDEGATE_USAGE",
    message:
      'Cannot serve "app.py": Node does not run it; put a command in another language after "--": tidegate serve -- python3 app.py',
  },
  {
    name: "arguments for a configuration",
    files: { "tidegate.yaml": "" },
    entry: "tidegate.yaml",
    rest: ["-v"],
    code: "TIDEGATE_USAGE",
    message: 'Cannot pass arguments to "tidegate.yaml": write them in tidegate.yaml',
  },
  {
    name: "-- with nothing after it",
    files: {},
    rest: [],
    code: "TIDEGATE_USAGE",
    message: 'Expected a command after "--"',
  },
];

describe("resolveTarget refuses", () => {
  test.each(refused)("$name", async ({ files, entry, rest = null, code, message }) => {
    const folder = await folderWith(files);
    await expect(resolveTarget(entry, rest, folder)).rejects.toMatchObject({
      code,
      message: message.replace("FOLDER", folder),
    });
  });
});

test.each([
  { folder: "/home/me/mini-program", name: "mini-program" },
  { folder: "/home/me/My Shop (new)", name: "my-shop-new" },
  { folder: "/", name: "app" },
  { folder: "/home/me/小店", name: "app" },
])("functionNameOf makes a name of $folder", ({ folder, name }) => {
  expect(functionNameOf(folder)).toBe(name);
});
