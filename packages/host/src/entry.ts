import { access, constants, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import type { FunctionConfig } from "@tidegate/core";
import { HostError } from "./errors.ts";

/**
 * Checks that what a function is to run exists, so that a misspelt name is told at once and not by the first request.
 * Errors: TIDEGATE_ENTRY_NOT_FOUND.
 */
export async function checkEntry({
  name,
  entry,
  cwd = process.cwd(),
}: Pick<FunctionConfig, "name" | "entry"> & { readonly cwd?: string }): Promise<void> {
  if (!(await isFolder(cwd))) fail(name, `its working directory "${cwd}" does not exist`);
  if (entry.kind === "node") {
    if (!(await isFile(entry.file))) fail(name, `its entry "${entry.file}" is not a file`);
  } else if (!(await isCommand(entry.command[0], cwd))) {
    fail(name, `its command "${entry.command[0]}" is not an executable file, nor in PATH`);
  }
}

function fail(name: string, why: string): never {
  throw new HostError("TIDEGATE_ENTRY_NOT_FOUND", `Cannot serve function "${name}": ${why}`);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

async function isCommand(command: string, cwd: string): Promise<boolean> {
  const paths = command.includes("/")
    ? [isAbsolute(command) ? command : resolve(cwd, command)]
    : (process.env.PATH ?? "").split(delimiter).map((dir) => join(dir, command));
  for (const path of paths) {
    if (
      (await isFile(path)) &&
      (await access(path, constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      return true;
  }
  return false;
}
