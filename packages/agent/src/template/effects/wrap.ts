import { promisify } from "node:util";
import { type AnyFunction, disguise, disguiseProxy } from "./disguise.ts";

/** Whether effects are looked for: one for all wrappers, so that each asks a single boolean once they are not. */
export interface Watch {
  isOn: boolean;
}

/** What a wrapper does before the call it wraps, while effects are looked for. */
export type BeforeCall = (args: readonly unknown[], self: unknown) => void;

export interface WrapOptions {
  readonly watch: Watch;
  readonly before: BeforeCall;
  /** Called in place of the function while effects are looked for; null for none. */
  readonly instead: AnyFunction | null;
}

/** Wraps a function, and with it the form that `util.promisify` takes for it. */
export function wrapFunction(original: AnyFunction, options: WrapOptions): AnyFunction {
  // Only what can be called with `new` may have a `prototype`.
  const wrapper = Object.hasOwn(original, "prototype")
    ? constructible(original, options)
    : plainFunction(original, options);
  // First, since it can be defined but once.
  const promised = Object.getOwnPropertyDescriptor(original, promisify.custom);
  if (typeof promised?.value === "function") {
    const value = wrapFunction(promised.value as AnyFunction, { ...options, instead: null });
    Object.defineProperty(wrapper, promisify.custom, { ...promised, value });
  }
  return disguise(wrapper, original);
}

function plainFunction(original: AnyFunction, { watch, before, instead }: WrapOptions): AnyFunction {
  const { wrapper } = {
    wrapper(this: unknown, ...args: unknown[]): unknown {
      if (watch.isOn) {
        before(args, this);
        if (instead !== null && watch.isOn) return Reflect.apply(instead, this, args);
      }
      return Reflect.apply(original, this, args);
    },
  };
  return wrapper;
}

function constructible(original: AnyFunction, { watch, before, instead }: WrapOptions): AnyFunction {
  function wrapper(this: unknown, ...args: unknown[]): unknown {
    if (watch.isOn) {
      before(args, this);
      if (instead !== null && watch.isOn) return Reflect.apply(instead, this, args);
    }
    if (new.target === undefined) return Reflect.apply(original, this, args);
    return Reflect.construct(original, args, new.target === wrapper ? original : new.target);
  }
  return wrapper;
}

/** Wraps a class: a proxy, so that it can be extended and `instanceof` holds for what it made before. */
export function wrapClass(original: AnyFunction, { watch, before }: WrapOptions): AnyFunction {
  const proxy: AnyFunction = new Proxy(original, {
    construct(target, args, newTarget): object {
      if (watch.isOn) before(args, null);
      return Reflect.construct(target, args, newTarget === proxy ? target : newTarget) as object;
    },
    apply(target, self, args): unknown {
      if (watch.isOn) before(args, self);
      return Reflect.apply(target, self, args);
    },
  });
  return disguiseProxy(proxy, original);
}
