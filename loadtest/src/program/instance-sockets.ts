import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Path of the Unix socket on which a ready instance serves, for measurements that leave the gateway out.
 *
 * @param runtimeDir as the host got it in its options
 */
export function socketOfInstance(runtimeDir: string, instance: string): string {
  const names = readdirSync(runtimeDir, { recursive: true, encoding: "utf8" });
  const found = names.find((name) => name.endsWith(`${instance}.sock`));
  if (found === undefined) throw new Error(`Cannot reach instance "${instance}": no socket in "${runtimeDir}"`);
  return join(runtimeDir, found);
}
