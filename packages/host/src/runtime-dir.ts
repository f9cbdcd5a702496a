import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** Only this user may reach the sockets in it: whoever can connect to an instance passes by the gateway. */
export async function createRuntimeDir(parent: string = tmpdir()): Promise<string> {
  await makeFolder(parent);
  return mkdtemp(join(parent, "tidegate-"));
}
