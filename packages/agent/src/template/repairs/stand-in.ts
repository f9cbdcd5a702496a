/**
 * Makes a function look like the one it stands in for: its name, number of parameters, source text and own properties, such
 * as what `util.promisify` uses.
 */
export function standIn<F extends (...args: never[]) => unknown>(original: object, replacement: F): F {
  for (const key of Reflect.ownKeys(original)) {
    const descriptor = Object.getOwnPropertyDescriptor(original, key);
    if (descriptor === undefined || key === "prototype") continue;
    Object.defineProperty(replacement, key, descriptor);
  }
  return replacement;
}
