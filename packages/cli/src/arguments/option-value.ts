import { maxDurationMs, parseDuration } from "@tidegate/host";
import { usageError } from "../errors.ts";
import type { Arguments } from "./parse-arguments.ts";

/**
 * Reads an option that is a whole number.
 *
 * @returns undefined when it was not given
 * @throws TIDEGATE_USAGE for anything but a whole number from `min` to `max`
 */
export function wholeNumber(args: Arguments, name: string, min: number, max: number): number | undefined {
  const text = args.options.get(name);
  return text === undefined ? undefined : parseWholeNumber(text, `option "--${name}"`, min, max);
}

/** Reads a whole number; `source` names where it stands, in the error. */
export function parseWholeNumber(text: string, source: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw usageError(`Cannot read ${source}: expected a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`);
}

/**
 * Reads an option that is a duration such as `30s`.
 *
 * @returns milliseconds; undefined when it was not given
 * @throws TIDEGATE_USAGE for anything but a duration of at least `minMs`
 */
export function duration(args: Arguments, name: string, minMs: number): number | undefined {
  const text = args.options.get(name);
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== null && ms >= minMs) return ms;
  const range = ms === null ? ` of at most ${Math.floor(maxDurationMs / 86_400_000)}d` : ` of at least ${minMs}ms`;
  throw usageError(
    `Cannot read option "--${name}": expected a duration such as "500ms", "30s" or "2m"${range}, got ${JSON.stringify(text)}`,
  );
}

/**
 * Reads an option that is one of a few words.
 *
 * @returns undefined when it was not given
 * @throws TIDEGATE_USAGE for any other word
 */
export function oneOf<const T extends string>(args: Arguments, name: string, words: readonly T[]): T | undefined {
  const text = args.options.get(name);
  const word = words.find((each) => each === text);
  if (text === undefined || word !== undefined) return word;
  const expected = words.map((each) => `"${each}"`).join(" or ");
  throw usageError(`Cannot read option "--${name}": expected ${expected}, got ${JSON.stringify(text)}`);
}
