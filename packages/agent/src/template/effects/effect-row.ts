import type { EffectKey } from "@tidegate/core";

/** A row of the table of effects: functions of Node that are effects, and of which of their calls it is true. */
export interface EffectRow {
  readonly effect: EffectKey;
  /**
   * Where they are: a module, or an object of one ("node:net Socket.prototype"), or of the global object ("process",
   * "globalThis Math"). "FileHandle" is the class behind `fs.promises.open`.
   */
  readonly of: string;
  /** Their names. Those that this version of Node does not have are left out. */
  readonly names: readonly string[];
  /**
   * "function" is the default, called; one behind a "getter" is the same; a "class" is an effect when an object of it is
   * made, a "property" when it is read.
   */
  readonly kind?: "function" | "getter" | "class" | "property";
  /** Whether this call is one; all are without it. Must not call what may itself be an effect. */
  readonly when?: (args: readonly unknown[], self: unknown) => boolean;
  /** What the call acts on, in words. */
  readonly what?: (args: readonly unknown[], self: unknown) => string | null;
  /** Whether it does no harm when this file calls; `node:...` for code of Node, null for none. May leave a note. */
  readonly spare?: (caller: string | null) => boolean;
  /** What a call does that is no effect, as long as effects are looked for: the function must not run before a fork. */
  readonly instead?: () => unknown;
}
