const folder = "/node_modules/";

/** Name of the package that a file belongs to; null for a file of the app itself. */
export function packageOf(file: string): string | null {
  const at = file.lastIndexOf(folder);
  if (at < 0) return null;
  const [first = "", second = ""] = file.slice(at + folder.length).split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}

/** Path of a file within its package; null for a file of the app itself. */
export function pathInPackage(file: string): string | null {
  const name = packageOf(file);
  return name === null ? null : file.slice(file.lastIndexOf(folder) + folder.length + name.length + 1);
}
