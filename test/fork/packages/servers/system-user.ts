import { execFileSync } from "node:child_process";

/** Who runs a server that refuses to run as root: the user its Debian package brings. Undefined for others than root. */
export function systemUser(name: string): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
