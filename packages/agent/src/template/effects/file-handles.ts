import promises from "node:fs/promises";
import { type AnyFunction, disguise } from "./disguise.ts";
import { replaceProperty } from "./replace-property.ts";

/**
 * Finds the class of what `fs.promises.open` gives: Node shows it nowhere else.
 *
 * @param onFound called with its prototype when the app has opened its first file, before the app has it
 */
export function watchFileHandles(onFound: (prototype: object) => void): () => void {
  const original = promises.open as AnyFunction;
  let isFound = false;
  const found = (handle: unknown): void => {
    if (isFound) return;
    isFound = true;
    onFound(Object.getPrototypeOf(handle) as object);
  };
  const { open } = {
    open(this: unknown, ...args: unknown[]): unknown {
      const opened = Reflect.apply(original, this, args) as Promise<unknown>;
      // Whoever opened it learns of failures.
      if (!isFound) opened.then(found, () => {});
      return opened;
    },
  };
  const putBack = replaceProperty(promises, "open", { value: disguise(open, original) });
  return () => {
    isFound = true;
    putBack();
  };
}
