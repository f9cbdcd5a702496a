import type { ReachedEffect } from "./reached-effect.ts";

export interface EffectOptions {
  /**
   * Called once, at the first effect the app reaches, before it happens. In a template it never returns; in a child
   * it does, and then the effect goes on. `restore` has been called by then.
   */
  readonly onEffect: (effect: ReachedEffect) => void;
}

export interface InstalledEffects {
  /** Puts everything back as it was before. Functions that an app captured meanwhile pass its calls on. */
  restore(): void;
}

/** Watches every API of Node that touches the outside of the process or draws randomness. */
export function installEffects({ onEffect }: EffectOptions): InstalledEffects {
  void onEffect;
  return { restore: () => {} };
}
