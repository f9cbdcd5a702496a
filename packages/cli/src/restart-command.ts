import { statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import type { SuccessorCommand } from "@tidegate/host";

/**
 * How this process is started once more, with the code that is on the disk by then.
 *
 * A deployment often is a symbolic link that is changed to the next release's folder. What the process knows of its folder is
 * where the link led to when it started, so the name it was entered by is taken where the shell told it (`PWD`).
 */
export function restartCommand(): SuccessorCommand {
  const { env, execPath, execArgv, argv } = process;
  const real = process.cwd();
  const cwd = env.PWD !== undefined && isSameFolder(env.PWD, real) ? env.PWD : real;
  const [, script = "", ...args] = argv;
  const path = relative(real, script);
  const isInside = cwd !== real && !path.startsWith("..") && !isAbsolute(path);
  return { command: execPath, args: [...execArgv, isInside ? join(cwd, path) : script, ...args], cwd, env };
}

function isSameFolder(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }));
  return isAbsolute(one) && a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}
