import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";

/** Packages an adapter consists of, and where their sources are. */
const folders = {
  "@tidegate/core": "packages/core",
  "@tidegate/http": "adapters/http",
  "@tidegate/express": "adapters/express",
  "@tidegate/fastify": "adapters/fastify",
  "@tidegate/fetch": "adapters/fetch",
} as const;

export type BuiltPackage = keyof typeof folders;

const names = Object.keys(folders) as BuiltPackage[];
const root = new URL("../../../", import.meta.url);
/** Within `node_modules`, so that no tool takes the copies for sources. */
const stage = new URL("../../node_modules/.cache/built/node_modules/", import.meta.url);

/**
 * Copies the built packages to where they resolve each other as those of the registry do: inside the workspace their
 * names lead to TypeScript sources, which is not what anybody installs.
 *
 * @returns what is wrong with the builds, one sentence each; a missing one throws
 */
export function stageBuiltPackages(): string[] {
  rmSync(stage, { recursive: true, force: true });
  const problems: string[] = [];
  for (const name of names) {
    const source = new URL(`${folders[name]}/`, root);
    const target = new URL(`${name}/`, stage);
    const manifest = JSON.parse(readFileSync(new URL("package.json", source), "utf8"));
    mkdirSync(target, { recursive: true });
    writeFileSync(
      new URL("package.json", target),
      JSON.stringify({ ...manifest, ...manifest.publishConfig, publishConfig: undefined }, null, 2),
    );
    cpSync(new URL("dist/", source), new URL("dist/", target), { recursive: true });
    if (newestSource(source) > statSync(new URL("dist/index.mjs", source)).mtimeMs) {
      problems.push(`"${name}" is built from older sources, "pnpm build" brings it up to date`);
    }
  }
  return problems;
}

/** Address of the entry of a staged package. */
export function builtEntry(name: BuiltPackage): string {
  const manifest = JSON.parse(readFileSync(new URL(`${name}/package.json`, stage), "utf8"));
  return new URL(`${name}/${manifest.exports["."].default}`, stage).href;
}

/** Imports a staged package. */
export async function importBuilt<T>(name: BuiltPackage): Promise<T> {
  return await import(builtEntry(name));
}

/** When the last of the files that go into a build was written, in milliseconds. */
function newestSource(folder: URL): number {
  const files = readdirSync(new URL("src/", folder), { recursive: true, withFileTypes: true });
  const times = files
    .filter((file) => file.isFile() && !/\.(test|contract)\.ts$/.test(file.name))
    .map((file) => statSync(`${file.parentPath}/${file.name}`).mtimeMs);
  return Math.max(0, ...times);
}
