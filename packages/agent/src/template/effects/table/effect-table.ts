import type { EffectRow } from "../effect-row.ts";
import { fileEffects } from "./file-effects.ts";
import { networkEffects } from "./network-effects.ts";
import { processEffects } from "./process-effects.ts";
import { randomEffects } from "./random-effects.ts";

/** All that Node can do to the outside of a process, or draw at random. Rows of one function are asked in this order. */
export const effectTable: readonly EffectRow[] = [
  ...fileEffects,
  ...networkEffects,
  ...processEffects,
  ...randomEffects,
];
