import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options: { readonly type: "minor" }) => void;

/**
 * Makes V8's collector of young objects callable. Not the one of all: it would also throw compiled code away that was not
 * used for a while.
 */
export function exposeYoungCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as Collect;
  setFlagsFromString("--no-expose-gc");
  return () => collect({ type: "minor" });
}
