import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Folder of the repository. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** What the answer to a README's example is known by, and what the example needs beside its packages. */
export interface ReadmeExample {
  readonly adapter: string;
  /** A part of the body. */
  readonly body: string;
  /** Packages of the framework, taken from the adapter's own development dependencies. */
  readonly packages: readonly string[];
  /** Modules the example imports, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

// A module as NestJS's compiler writes it: Node runs no decorator syntax.
const NEST_MODULE = `
const { Controller, Get, Module, Param } = require("@nestjs/common");
class Orders { read(id) { return { id }; } }
Param("id")(Orders.prototype, "read", 0);
Get(":id")(Orders.prototype, "read", Object.getOwnPropertyDescriptor(Orders.prototype, "read"));
Controller("orders")(Orders);
class AppModule {}
Module({ controllers: [Orders] })(AppModule);
exports.AppModule = AppModule;
`;

// A real one needs a build, which examples/next-site has; here is what the adapter uses of it.
const NEXT_SERVER = `
module.exports = () => ({
  prepare: async () => {},
  getRequestHandler: () => async (request, response) => response.end("page " + request.url),
});
`;

/** Every adapter's example. */
export const EXAMPLES: readonly ReadmeExample[] = [
  { adapter: "http", body: '"path":"/orders/42', packages: [] },
  { adapter: "express", body: '{"id":"42"', packages: ["express"] },
  { adapter: "koa", body: '{"path":"/orders/42"', packages: ["koa"] },
  { adapter: "fastify", body: '{"id":"42"', packages: ["fastify"] },
  { adapter: "fetch", body: '{"path":"/orders/42"', packages: [] },
  { adapter: "hapi", body: '{"id":"42"', packages: ["@hapi/hapi"] },
  {
    adapter: "nest",
    body: '{"id":"42"}',
    packages: ["@nestjs/core", "@nestjs/common", "@nestjs/platform-express", "reflect-metadata", "rxjs"],
    files: { "app.module.js": NEST_MODULE },
  },
  { adapter: "next", body: "page /orders/42", packages: [], files: { "node_modules/next/index.js": NEXT_SERVER } },
];

/** Reads the code blocks of an adapter's README that are JavaScript. */
export async function readCode(adapter: string): Promise<{ esm: string | undefined; commonjs: string | undefined }> {
  const text = await readFile(join(ROOT, "adapters", adapter, "README.md"), "utf8");
  const blocks = [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? "");
  return { esm: blocks[0], commonjs: blocks.find((code) => code.includes("require(") && code.includes("exports.")) };
}

/** A folder that looks like a user's project. */
export interface Project {
  readonly folder: string;
  /** Makes a package importable by linking a folder to its name. */
  link(name: string, target: string): Promise<void>;
  write(path: string, text: string): Promise<void>;
  /** Calls the handler that a module of the project exports with an event, in a process of its own. */
  call(path: string, event: object): Promise<{ statusCode: number; body: string }>;
  remove(): Promise<void>;
}

/** Makes an empty project in the temporary folder. */
export async function createProject(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), "tidegate-project-"));
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  return {
    folder,
    write,
    async link(name, target) {
      const path = join(folder, "node_modules", name);
      await mkdir(dirname(path), { recursive: true });
      await symlink(target, path);
    },
    async call(path, event) {
      const load = path.endsWith(".cjs") ? `require("./${path}")` : `await import("./${path}")`;
      const caller = `(async () => {
        const { handler } = ${load};
        const answer = await handler(JSON.parse(process.env.EVENT), {});
        process.stdout.write("\\n" + JSON.stringify(answer) + "\\n", () => process.exit());
      })();`;
      await write("caller.cjs", caller);
      const env = { ...process.env, EVENT: JSON.stringify(event) };
      const { stdout } = await run(process.execPath, ["caller.cjs"], { cwd: folder, env });
      return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
