import { z } from "zod";
import { durationPattern, maxDurationMs, parseDuration } from "./duration.ts";

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

/** A list of texts. */
export function texts(description: string): z.ZodType<string[]> {
  return z.array(z.string({ error: "a text" }), { error: "a list of texts" }).describe(description);
}

/** True or false. */
export function flag(description: string): z.ZodType<boolean> {
  return z.boolean({ error: "true or false" }).describe(description);
}
