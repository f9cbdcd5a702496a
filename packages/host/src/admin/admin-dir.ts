import { statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TidegateError } from "@tidegate/core";
import { makeFolder } from "../make-folder.ts";

/**
 * The folder where the hosts of this user keep the sockets of their admin API: `$XDG_RUNTIME_DIR/tidegate` where that
 * variable names a folder, else `tidegate-<uid>` in the system's temporary folder.
 *
 * @param env environment to read. Default: the process's own
 * @returns absolute path; the folder need not exist
 */
export function adminDir(env: NodeJS.ProcessEnv = process.env): string {
  const runtimeDir = env.XDG_RUNTIME_DIR;
  const isFolder = runtimeDir !== undefined && statSync(runtimeDir, { throwIfNoEntry: false })?.isDirectory();
  return isFolder ? join(runtimeDir, "tidegate") : join(tmpdir(), `tidegate-${userId()}`);
}

/**
 * Makes the folder of admin sockets, readable by this user only.
 *
 * @param dir the folder
 * @throws TIDEGATE_ADMIN_UNAVAILABLE when it cannot be made, is no folder, or belongs to somebody else
 */
export async function openAdminDir(dir: string): Promise<void> {
  try {
    await makeFolder(dir);
  } catch (cause) {
    const state = cause instanceof Error ? cause.message : String(cause);
    throw new TidegateError("TIDEGATE_ADMIN_UNAVAILABLE", `Cannot make folder "${dir}": ${state}`, { cause });
  }
  await checkAdminDir(dir);
}

/**
 * Makes sure that only this user can have put sockets into a folder: in a shared temporary folder anybody can make one
 * of that name first.
 *
 * @param dir the folder
 * @returns whether the folder exists
 * @throws TIDEGATE_ADMIN_UNAVAILABLE when it is no folder, belongs to somebody else, or others may write to it
 */
export async function checkAdminDir(dir: string): Promise<boolean> {
  const stats = await stat(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (stats === null) return false;
  const refuse = (state: string): TidegateError =>
    new TidegateError("TIDEGATE_ADMIN_UNAVAILABLE", `Cannot use folder "${dir}": ${state}`);
  if (!stats.isDirectory()) throw refuse("it is not a folder");
  if (process.getuid !== undefined && stats.uid !== process.getuid()) throw refuse(`it belongs to user ${stats.uid}`);
  if ((stats.mode & 0o022) !== 0) throw refuse("other users may write to it");
  return true;
}

/** Systems without user ids have a temporary folder for each user. */
function userId(): string {
  return String(process.getuid?.() ?? "user");
}
