import { note } from "./notes.ts";
import { packageOf } from "./package-of.ts";

/**
 * Packages whose addon only computes: it opens nothing, starts no thread, keeps no random state and no id, so that it
 * may be loaded before a fork. All others are loaded by each instance.
 */
const computing = new Set([
  "argon2",
  "bcrypt",
  "bufferutil",
  "cbor-extract",
  "msgpackr-extract",
  "utf-8-validate",
  "xxhash-addon",
]);

/** Prebuilt parts of a package stand in packages of their own: "@msgpackr-extract/msgpackr-extract-linux-x64". */
const prebuilt = /^@(?:cbor-extract|msgpackr-extract)\//;

export function loadsHarmlessAddon(file: unknown): boolean {
  if (typeof file !== "string") return false;
  const name = packageOf(file);
  if (name === null || !(computing.has(name) || prebuilt.test(name))) return false;
  note(`the addon of ${name} was loaded once for all instances`);
  return true;
}
