import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it that are missing, each for this user alone; one that is there stays as it is.
 *
 * Not by `mkdir` with `recursive`: where a folder cannot have others in it and the system says ENOENT, as below `/proc`, that
 * tries the two in turn for ever.
 *
 * @throws what the system says, with its `code`. A file of that name is no error here, but where it is used
 */
export async function makeFolder(path: string): Promise<void> {
  const reason = await make(path);
  if (reason === null) return;
  if (reason.code !== "ENOENT" || dirname(path) === path) throw reason;
  await makeFolder(dirname(path));
  const again = await make(path);
  if (again !== null) throw again;
}

/** Returns why the folder could not be made; null when it is there. */
async function make(path: string): Promise<NodeJS.ErrnoException | null> {
  try {
    await mkdir(path, { mode: 0o700 });
    return null;
  } catch (error) {
    const reason = error as NodeJS.ErrnoException;
    return reason.code === "EEXIST" ? null : reason;
  }
}
