import type { CodePlace, EffectKey } from "@tidegate/core";

/** Something an app is about to do that must happen in each instance for itself, and where in its code. */
export interface ReachedEffect {
  readonly effect: EffectKey;
  /** What it acts on, in words: "db:5432", a path, an addon's file; null when nothing names it. */
  readonly what: string | null;
  /** The nearest line of the app's own code, else of any but Node's; null when no JavaScript of a file led here. */
  readonly place: CodePlace | null;
  /** Package in `node_modules` whose code reached it; null for the app itself. */
  readonly via: string | null;
}
