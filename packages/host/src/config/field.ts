import { z } from "zod";
import { bytesPattern, parseBytes } from "./bytes.ts";
import { durationPattern, maxDurationMs, parseDuration } from "./duration.ts";

/** The largest number of which nothing is lost. */
export const most: number = Number.MAX_SAFE_INTEGER;

/** Told of what should be an object. */
export const mapping: { readonly error: string } = { error: "a mapping" };

/** What was expected stands in every field's error; what was found is added by `configProblems`. */
export function wholeNumber(min: number, max: number, description: string): z.ZodType<number> {
  const error =
    max === Number.MAX_SAFE_INTEGER ? `a whole number of ${min} or more` : `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error }).describe(description);
}

/** A number above `min`, up to `max`. */
export function numberAbove(min: number, max: number, description: string): z.ZodType<number> {
  const error = max === Number.MAX_SAFE_INTEGER ? `a number above ${min}` : `a number above ${min} and up to ${max}`;
  return z.number({ error }).gt(min, { error }).max(max, { error }).describe(description);
}

/** A duration, read into milliseconds; at least one millisecond unless `zero` is given. */
export function duration(description: string, zero?: "zero"): z.ZodType<number> {
  const error = `a duration such as "500ms", "30s" or "2m"${zero === undefined ? " above 0" : ""}`;
  return z
    .union([z.number().min(0, { error }).max(maxDurationMs, { error }), z.string().regex(durationPattern, { error })], {
      error,
    })
    .transform((value, context) => {
      const ms = parseDuration(value);
      if (ms !== null && (ms > 0 || zero !== undefined)) return ms;
      context.addIssue({ code: "custom", message: ms === null ? `${error} of at most 24 days` : error });
      return z.NEVER;
    })
    .describe(`${description} A duration such as 500ms, 30s or 2m; a number without a unit is milliseconds.`);
}

/** A text with something in it. */
export function text(description: string, expected = "a text"): z.ZodType<string> {
  return z.string({ error: expected }).min(1, { error: expected }).describe(description);
}

/** A text of a certain form. */
export function textLike(pattern: RegExp, description: string, expected: string): z.ZodType<string> {
  return z.string({ error: expected }).regex(pattern, { error: expected }).describe(description);
}

/** A list of texts. */
export function texts(description: string): z.ZodType<string[]> {
  return z.array(z.string({ error: "a text" }), { error: "a list of texts" }).describe(description);
}

/** True or false. */
export function flag(description: string): z.ZodType<boolean> {
  return z.boolean({ error: "true or false" }).describe(description);
}

/** A size, read into bytes; at least one unless `zero` is given. */
export function bytes(description: string, zero?: "zero"): z.ZodType<number> {
  const error = `a size such as "64kb", "10mb" or "1gb"${zero === undefined ? " above 0" : ""}`;
  return z
    .union([z.number({ error }), z.string({ error }).regex(bytesPattern, { error })], { error })
    .transform((value, context) => {
      const size = parseBytes(value);
      if (size !== null && (size > 0 || zero !== undefined)) return size;
      context.addIssue({ code: "custom", message: error });
      return z.NEVER;
    })
    .describe(`${description} A size such as 64kb, 10mb or 1gb (powers of 1024); a number without a unit is bytes.`);
}

/** One of a few words. */
export function choice<const T extends string>(values: readonly [T, ...T[]], description: string): z.ZodType<T> {
  return z.enum(values, { error: values.map((value) => `"${value}"`).join(" or ") }).describe(description);
}
