import type { CodePlace } from "@tidegate/core";
import type { EffectKey } from "./effect-key.ts";

/** The first thing an app does that a fork must not come after, and where in its code. */
export interface ReachedEffect {
  readonly effect: EffectKey;
  /** What it acts on, in words: "port 3000", a path, an addon's file; null when nothing names it. */
  readonly what: string | null;
  /** The nearest line of the app's own code, else of any code; null when no JavaScript of a file led here. */
  readonly place: CodePlace | null;
  /** Package in `node_modules` whose code reached it; null for the app itself. */
  readonly via: string | null;
}
