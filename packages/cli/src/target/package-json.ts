import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What Tidegate reads of a `package.json`; what is of another type counts as absent. */
export interface PackageJson {
  readonly main: string | null;
  readonly startScript: string | null;
  /** Names of dependencies and development dependencies. */
  readonly dependencies: ReadonlySet<string>;
}

/**
 * Reads the `package.json` of a folder.
 *
 * @returns null when there is none, or none that can be read
 */
export async function readPackageJson(folder: string): Promise<PackageJson | null> {
  let data: unknown;
  try {
    data = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  } catch {
    return null;
  }
  const { main, scripts, dependencies, devDependencies } = mapping(data);
  return {
    main: text(main),
    startScript: text(mapping(scripts).start),
    dependencies: new Set([...Object.keys(mapping(dependencies)), ...Object.keys(mapping(devDependencies))]),
  };
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
