import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import type { InstanceGroup } from "./instance-group.ts";

/**
 * Enters the group, then becomes the program: what that starts is in the group from the first moment. A shell sets PWD by
 * itself, so it is set back.
 */
const script = `{ echo 0 >"$1"; } 2>/dev/null; PWD=$2; [ "$3" ] || unset PWD; shift 3; exec "$@"`;

const shell = "/bin/sh";

/** A variable of any other name does not pass through a shell. */
const shellName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A program and how it is started. */
export interface ShellStart {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * Has a shell of a millisecond put a program into a group before it begins: it could have started others by the time
 * anybody else had moved it.
 *
 * @param env of the program
 * @returns null where the program would not be quite the same by a shell: there is none, it could not keep the environment, or
 * there is no such program, which is told best by the system itself
 */
export function enterByShell(
  group: InstanceGroup,
  { command, args }: ShellStart,
  cwd: string,
  env: NodeJS.ProcessEnv,
): ShellStart | null {
  const names = Object.keys(env).filter((name) => env[name] !== undefined);
  if (!isExecutable(shell) || !names.every((name) => shellName.test(name))) return null;
  if (!places(command, cwd, env).some(isExecutable)) return null;
  const pwd = [env.PWD ?? "", env.PWD === undefined ? "" : "set"];
  return { command: shell, args: ["-c", script, "tidegate-start", group.entrance, ...pwd, command, ...args] };
}

/** Where the system looks for a program. */
function places(command: string, cwd: string, { PATH = "" }: NodeJS.ProcessEnv): string[] {
  if (command.includes("/")) return [resolve(cwd, command)];
  return PATH.split(":").map((folder) => resolve(cwd, folder, command));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
