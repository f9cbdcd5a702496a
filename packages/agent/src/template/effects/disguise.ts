import { replaceProperty } from "./replace-property.ts";

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

const originals = new WeakMap<object, AnyFunction>();

/** Properties that belong to the kind of function, not to what an app can see of it. */
const ownToEach = new Set<PropertyKey>(["prototype", "arguments", "caller"]);

/**
 * Makes a wrapper look like what it wraps: name, length, prototype, own properties and text. Libraries look at all of
 * them, `util.promisify` at a symbol.
 */
export function disguise<F extends object>(wrapper: F, original: AnyFunction): F {
  for (const key of Reflect.ownKeys(original)) {
    const descriptor = Object.getOwnPropertyDescriptor(original, key);
    if (descriptor !== undefined && !ownToEach.has(key)) Reflect.defineProperty(wrapper, key, descriptor);
  }
  if (Object.hasOwn(original, "prototype")) {
    const { value, writable } = Object.getOwnPropertyDescriptor(original, "prototype") ?? {};
    Reflect.defineProperty(wrapper, "prototype", { value, ...(writable === false && { writable }) });
  }
  Reflect.setPrototypeOf(wrapper, Reflect.getPrototypeOf(original));
  originals.set(wrapper, originals.get(original) ?? original);
  return wrapper;
}

/** Says that a proxy, which looks like its class in all but its text, stands for it. */
export function disguiseProxy<F extends object>(proxy: F, original: AnyFunction): F {
  originals.set(proxy, original);
  return proxy;
}

/** Lets wrappers show the text of what they wrap, until it is undone. */
export function disguiseText(): () => void {
  const native = Function.prototype.toString as AnyFunction;
  const { textOf } = {
    textOf(this: object): unknown {
      return Reflect.apply(native, originals.get(this) ?? this, []);
    },
  };
  disguise(textOf, native);
  return replaceProperty(Function.prototype, "toString", { value: textOf });
}
