import vm, { type Context, type CreateContextOptions, type RunningScriptInNewContextOptions } from "node:vm";
import { type AnyFunction, disguise } from "./disguise.ts";
import { replaceProperty } from "./replace-property.ts";

type Draw = () => unknown;

const { createContext, isContext } = vm;
const mathOf = new vm.Script("Math");

/** What is done with each new context: a stand-in for its `Math.random` before the fork, a seed after it. */
let prepare: (context: Context) => void = () => {};
/** Undoes the stand-ins, and gives what draws from each context natively. */
const standIns = new Set<() => Draw>();

/**
 * Gives contexts of `node:vm` random numbers of their own. V8 seeds each context's generator from one of the process,
 * which is a copy in every child: contexts made after the fork would draw the same in all of them. So these three
 * functions stay wrapped in children, unlike all others.
 *
 * @param draw stands for `Math.random` in contexts made before the fork
 */
export function watchContexts(draw: () => number): void {
  prepare = (context) => standInFor(context, draw);
  replaceProperty(vm, "createContext", { value: wrap(vm.createContext, (args, call) => prepared(call(args))) });
  const [run, runScript] = [vm.runInNewContext, vm.Script.prototype.runInNewContext];
  replaceProperty(vm, "runInNewContext", {
    value: wrap(run, ([code, object, options], call) => call([code, contextFor(object, options), options])),
  });
  replaceProperty(vm.Script.prototype, "runInNewContext", {
    value: wrap(runScript, ([object, options], call) => call([contextFor(object, options), options])),
  });
}

/**
 * In a child: seeds the contexts that were made before the fork, and from now on each one that is made.
 *
 * @param seed seeds the context that `draw` draws from
 */
export function seedContexts(seed: (draw: Draw) => void): void {
  prepare = (context) => {
    const random = randomOf(context)?.random;
    if (typeof random === "function") seed(random);
  };
  for (const remove of standIns) seed(remove());
  standIns.clear();
}

function standInFor(context: Context, draw: () => number): void {
  const math = randomOf(context);
  if (math === null) return;
  const native = math.random;
  let isBefore = true;
  const { random } = { random: (): number => (isBefore ? draw() : native()) };
  const putBack = replaceProperty(math, "random", { value: disguise(random, native as AnyFunction) });
  standIns.add(() => {
    isBefore = false;
    putBack();
    return native;
  });
}

function randomOf(context: Context): { random: () => number } | null {
  try {
    const math: unknown = mathOf.runInContext(context);
    return typeof math === "object" ? (math as { random: () => number } | null) : null;
  } catch {
    return null;
  }
}

function prepared(context: unknown): unknown {
  prepare(context as Context);
  return context;
}

/** The context that `runInNewContext` would make, made ahead; its argument where that is a context, or no good. */
function contextFor(object: unknown, options: unknown): unknown {
  if (object !== undefined && (typeof object !== "object" || object === null || isContext(object))) return object;
  const { contextName, contextOrigin, contextCodeGeneration, microtaskMode } = (options ??
    {}) as RunningScriptInNewContextOptions;
  const known: CreateContextOptions = {
    ...(contextName !== undefined && { name: contextName }),
    ...(contextOrigin !== undefined && { origin: contextOrigin }),
    ...(contextCodeGeneration !== undefined && { codeGeneration: contextCodeGeneration }),
    ...(microtaskMode !== undefined && { microtaskMode }),
  };
  try {
    return prepared(createContext(object as Context | undefined, known));
  } catch {
    return object; // Node's own function says what is wrong with the options.
  }
}

type Call = (args: readonly unknown[]) => unknown;

function wrap(original: CallableFunction, around: (args: readonly unknown[], call: Call) => unknown): AnyFunction {
  const { wrapper } = {
    wrapper(this: unknown, ...args: unknown[]): unknown {
      return around(args, (changed) => Reflect.apply(original, this, changed));
    },
  };
  return disguise(wrapper, original as AnyFunction);
}
