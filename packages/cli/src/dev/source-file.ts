import { basename, extname, relative, sep } from "node:path";

/** Extensions of files that make a program: data that an app writes beside itself mostly has others. */
const sourceExtensions: ReadonlySet<string> = new Set(
  [
    ["js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx", "json", "wasm", "node"],
    ["html", "css", "ejs", "hbs", "pug", "liquid", "graphql", "proto", "sql"],
    ["yaml", "yml", "toml", "env"],
    ["py", "rb", "php", "go", "rs", "java", "lua", "pl", "ex", "exs"],
  ]
    .flat()
    .map((extension) => `.${extension}`),
);

/** Folders of what is installed, built, or written by a running app. */
const otherFolders: ReadonlySet<string> = new Set([
  "node_modules",
  "dist",
  "build",
  "out",
  "coverage",
  "tmp",
  "temp",
  "logs",
  "data",
  "uploads",
  "venv",
  "__pycache__",
  "target",
]);

/**
 * Whether a folder may hold sources of an app. Hidden folders do not, nor those of builds and data, unless the entry
 * itself lies in one.
 *
 * @param folder absolute path
 * @param root the app's folder, absolute
 * @param entry the entry's absolute path; null for a command
 */
export function isSourceFolder(folder: string, root: string, entry: string | null): boolean {
  if (entry !== null && (entry === folder || entry.startsWith(folder + sep))) return true;
  return relative(root, folder)
    .split(sep)
    .every((name) => !otherFolders.has(name) && (!name.startsWith(".") || name === "." || name === ".."));
}

/** Whether a file belongs to an app's program, by its name. */
export function isSourceFile(file: string): boolean {
  const name = basename(file);
  if (name === ".env" || name.startsWith(".env.")) return true;
  return !name.startsWith(".") && sourceExtensions.has(extname(name));
}
