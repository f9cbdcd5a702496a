import { createRequire } from "node:module";
import { addonPath } from "./addon-path.ts";
import type { Forking } from "./forking.ts";

/** The addon, or why this system cannot fork. */
export type LoadedForking = { readonly forking: Forking } | { readonly unavailable: string };

interface Addon extends Forking {
  /** Why the system cannot do what the addon needs, null when it can. */
  check(): string | null;
}

let loaded: LoadedForking | undefined;

/**
 * Loads the native addon and checks that this system can do what it needs. Never throws.
 *
 * @returns the addon, or the reason in words
 */
export function loadForking(): LoadedForking {
  loaded ??= load();
  return loaded;
}

function load(): LoadedForking {
  if (process.platform !== "linux") return { unavailable: `this is ${process.platform}, and only Linux can fork` };
  // For an operator who wants no forks on a machine, and for tests of what happens where none can be.
  if (process.env.TIDEGATE_FORK === "off") return { unavailable: 'the environment says TIDEGATE_FORK="off"' };
  const path = addonPath();
  if (path === null) return { unavailable: `no addon is prebuilt or compiled for Linux on ${process.arch}` };
  try {
    const addon = createRequire(import.meta.url)(path) as Addon;
    const reason = addon.check();
    return reason === null ? { forking: addon } : { unavailable: reason };
  } catch (error) {
    return { unavailable: `the addon could not be loaded: ${error instanceof Error ? error.message : String(error)}` };
  }
}
