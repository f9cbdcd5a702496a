import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";

/** Longest path of a Unix socket, in bytes without the final zero: `sun_path` of Linux, and of the BSDs and macOS. */
const maxPathBytes = process.platform === "linux" ? 107 : 103;

let made = 0;

/**
 * Path for the socket of an instance: named after it, or by a number where that would be too long.
 * @throws what the system says when no socket can be made there, with its `code`
 */
export function createSocketPath(runtimeDir: string, instance: string): string {
  checkFolder(runtimeDir);
  const named = join(runtimeDir, `${instance}.sock`);
  if (Buffer.byteLength(named) <= maxPathBytes) return named;
  const short = join(runtimeDir, `${++made}.sock`);
  if (Buffer.byteLength(short) <= maxPathBytes) return short;
  throw Object.assign(
    new Error(`the path of its socket would be longer than ${maxPathBytes} bytes: "${short}"; set another runtimeDir`),
    { code: "ENAMETOOLONG" },
  );
}

/** Looks before it makes one: an instance that is forked is there sooner than an error of `mkdir` that need not be made. */
function checkFolder(dir: string): void {
  try {
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    // Something that clears temporary folders may have taken it from a host that runs for weeks. Not `recursive`: where
    // nothing can be made, as below /proc, Node then tries for ever.
    mkdirSync(dir, { mode: 0o700 });
  }
}
