import { syncBuiltinESMExports } from "node:module";
import { locate } from "./code-place.ts";
import { type AnyFunction, disguise, disguiseText } from "./disguise.ts";
import type { EffectRow } from "./effect-row.ts";
import { ExpectedWarnings } from "./expected-warnings.ts";
import { watchFileHandles } from "./file-handles.ts";
import { drawInTemplate } from "./math-random.ts";
import type { ReachedEffect } from "./reached-effect.ts";
import { replaceProperty } from "./replace-property.ts";
import { effectTable } from "./table/effect-table.ts";
import { watchContexts } from "./vm-contexts.ts";
import { findHolder, moduleOf, rowsByHolder, rowsByName } from "./watched-holders.ts";
import { type BeforeCall, type Watch, type WrapOptions, wrapClass, wrapFunction } from "./wrap.ts";

export interface EffectOptions {
  /**
   * Called at each effect the app reaches, before it happens, until `restore` is called. In a template that forks there
   * it never returns; when it returns, the effect goes on.
   */
  readonly onEffect: (effect: ReachedEffect) => void;
}

export interface InstalledEffects {
  /**
   * Puts everything back as it was before, but what an app has wrapped meanwhile. Functions that an app has kept pass its
   * calls on, at the cost of one boolean.
   */
  restore(): void;
  /** Runs code of ours, synchronously, whose effects are not the app's. */
  unwatched<T>(run: () => T): T;
}

/** Longer paths and commands are cut. */
const wordsLimit = 200;

/** Watches every function of Node that reaches out of the process or draws randomness: those of `effectTable`. */
export function installEffects(options: EffectOptions): InstalledEffects {
  const effects = new Effects(options);
  effects.install();
  return effects;
}

class Effects implements InstalledEffects {
  readonly #onEffect: (effect: ReachedEffect) => void;
  readonly #watch: Watch = { isOn: false };
  readonly #warnings = new ExpectedWarnings();
  readonly #undo: (() => void)[] = [];
  /** What has two names stays one. */
  readonly #wrappers = new Map<AnyFunction, AnyFunction>();

  constructor({ onEffect }: EffectOptions) {
    this.#onEffect = onEffect;
  }

  install(): void {
    for (const [of, rows] of rowsByHolder(effectTable)) {
      if (of === "FileHandle") this.#undo.push(watchFileHandles((prototype) => this.#watchAll(prototype, rows)));
      else this.#watchAll(findHolder(of, this.#warnings), rows);
    }
    watchContexts(drawInTemplate);
    this.#undo.push(disguiseText());
    syncBuiltinESMExports();
    this.#watch.isOn = true;
  }

  restore(): void {
    if (!this.#watch.isOn) return;
    this.#watch.isOn = false;
    for (const putBack of this.#undo.splice(0).reverse()) putBack();
    syncBuiltinESMExports();
  }

  unwatched<T>(run: () => T): T {
    const { isOn } = this.#watch;
    this.#watch.isOn = false;
    try {
      return run();
    } finally {
      this.#watch.isOn = isOn;
    }
  }

  #watchAll(holder: object | null, rows: readonly EffectRow[]): void {
    if (holder === null) return;
    for (const [name, rowsOfName] of rowsByName(rows)) {
      const ours = this.#replacement(holder, name, rowsOfName);
      if (ours !== null) this.#undo.push(replaceProperty(holder, name, ours));
    }
  }

  #replacement(holder: object, name: string, rows: readonly EffectRow[]): PropertyDescriptor | null {
    const now = Object.getOwnPropertyDescriptor(holder, name);
    if (now === undefined) return null;
    const options: WrapOptions = {
      watch: this.#watch,
      before: this.#askAbout(rows),
      instead: rows[0]?.instead ?? null,
    };
    const kind = rows[0]?.kind ?? "function";
    const { value, get } = now as { value?: unknown; get?: AnyFunction };
    // A child that goes on here has a value of its own by now.
    const current = (): unknown => Object.getOwnPropertyDescriptor(holder, name)?.value ?? value;
    if (kind === "property") return { get: wrapFunction(get ?? current, options) };
    if (kind === "class")
      return isFunction(value) ? { value: this.#once(value, () => wrapClass(value, options)) } : null;
    const wrap = (original: unknown): unknown =>
      isFunction(original) ? this.#once(original, () => wrapFunction(original, options)) : original;
    if (kind === "function") return isFunction(value) ? { value: wrap(value) } : null;
    return get === undefined ? null : { get: gettingWrapped(get, wrap) };
  }

  #once(original: AnyFunction, wrap: () => AnyFunction): AnyFunction {
    const wrapper = this.#wrappers.get(original) ?? wrap();
    this.#wrappers.set(original, wrapper);
    return wrapper;
  }

  #askAbout(rows: readonly EffectRow[]): BeforeCall {
    return (args, self) => {
      const row = rows.find(({ when }) => when === undefined || isTrue(() => when(args, self)));
      if (row === undefined) return;
      const { place, via, caller } = locate();
      if (row.spare?.(caller) === true) return;
      const what = wordsOf(() => row.what?.(args, self) ?? null);
      this.#onEffect({ effect: row.effect, what, place, via });
      this.#warnings.tell(moduleOf(row));
    };
  }
}

function gettingWrapped(get: AnyFunction, wrap: (original: unknown) => unknown): AnyFunction {
  const { getter } = {
    getter(this: unknown): unknown {
      return wrap(Reflect.apply(get, this, []));
    },
  };
  return disguise(getter, get);
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === "function";
}

/** What has no words, such as an object without a prototype, is left to Node to refuse. */
function wordsOf(tell: () => string | null): string | null {
  try {
    return tell()?.slice(0, wordsLimit) ?? null;
  } catch {
    return null;
  }
}

/** Arguments that cannot even be looked at may be anything. */
function isTrue(ask: () => boolean): boolean {
  try {
    return ask();
  } catch {
    return true;
  }
}
