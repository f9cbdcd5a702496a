import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseNodeCommand } from "../target/node-command.ts";
import { findModule, findUsualEntry } from "../target/node-file.ts";
import { type PackageJson, readPackageJson } from "../target/package-json.ts";

/** An app as it was found in a folder. */
export interface DetectedApp {
  /** What it is made with, such as "Express"; for people only. */
  readonly framework: string;
  /** What runs it: fields of a function in `tidegate.yaml`. */
  readonly run:
    | {
        readonly entry: string;
        readonly args?: readonly string[];
        readonly nodeArgs?: readonly string[];
        readonly env?: Readonly<Record<string, string>>;
      }
    | { readonly command: readonly string[] };
  /** What must be done before it can be served; null for nothing. */
  readonly before: string | null;
}

/** Frameworks by the dependency that shows them, those that build on others first. */
const frameworks: readonly (readonly [dependency: string, name: string])[] = [
  ["next", "Next"],
  ["@nestjs/core", "Nest"],
  ["fastify", "Fastify"],
  ["koa", "Koa"],
  ["express", "Express"],
  ["hono", "Hono"],
];

/** Programs in other languages, by the file they usually start in. */
const otherPrograms: readonly (readonly [file: string, framework: string, command: readonly string[]])[] = [
  ["app.py", "Python", ["python3", "app.py"]],
  ["server.py", "Python", ["python3", "server.py"]],
  ["main.py", "Python", ["python3", "main.py"]],
  ["app.rb", "Ruby", ["ruby", "app.rb"]],
  ["index.php", "PHP", ["sh", "-c", "exec php -S 127.0.0.1:$PORT"]],
];

/**
 * Finds out what app a folder holds.
 *
 * @param folder the folder, absolute
 * @returns null when there is none it knows
 */
export async function detectApp(folder: string): Promise<DetectedApp | null> {
  const manifest = await readPackageJson(folder);
  const framework = frameworks.find(([dependency]) => manifest?.dependencies.has(dependency))?.[1] ?? "Node";
  if (framework === "Next") return detectNext(folder);
  const run = findEntry(folder, manifest);
  if (run !== null) return { framework, run, before: null };
  const names = new Set(await readdir(folder).catch(() => []));
  const other = otherPrograms.find(([file]) => names.has(file));
  return other === undefined ? null : { framework: other[1], run: { command: other[2] }, before: null };
}

function findEntry(folder: string, manifest: PackageJson | null): DetectedApp["run"] | null {
  const start = manifest?.startScript == null ? null : parseNodeCommand(manifest.startScript);
  const started = start === null ? null : findModule(folder, start.file);
  if (start !== null && started !== null) {
    const { args, nodeArgs, env } = start;
    return {
      entry: started,
      ...(args.length > 0 && { args }),
      ...(nodeArgs.length > 0 && { nodeArgs }),
      ...(Object.keys(env).length > 0 && { env }),
    };
  }
  const entry = (manifest?.main == null ? null : findModule(folder, manifest.main)) ?? findUsualEntry(folder);
  return entry === null ? null : { entry };
}

/** A Next app is built, then served by its standalone server, or by `next start`. */
async function detectNext(folder: string): Promise<DetectedApp> {
  const before = "Build the app first: npx next build";
  for (const name of ["next.config.js", "next.config.mjs", "next.config.ts"]) {
    const text = await readFile(join(folder, name), "utf8").catch(() => "");
    if (/output\s*:\s*["'`]standalone["'`]/.test(text)) {
      const copy = "and copy public and .next/static beside its server, as Next's documentation has it";
      return { framework: "Next", run: { entry: ".next/standalone/server.js" }, before: `${before}, ${copy}` };
    }
  }
  return { framework: "Next", run: { entry: "node_modules/next/dist/bin/next", args: ["start"] }, before };
}
