import { z } from "zod";
import type { ConfigBreaker, ConfigHealth, ConfigRecycle } from "../config-file.ts";
import { bytes, duration, mapping, most, numberAbove, textLike, wholeNumber } from "../field.ts";

/** How it is told that an instance works. */
export const healthSchema: z.ZodType<ConfigHealth> = z
  .strictObject(
    {
      startup: textLike(
        /^\/[\x21-\x7e]*$/,
        "Path that must answer with 2xx or 3xx before an instance is ready. Default: none.",
        'a path such as "/ready"',
      ).optional(),
      liveness: textLike(
        /^\/[\x21-\x7e]*$/,
        "Path that is asked while an instance is ready. Default: none.",
        'a path such as "/live"',
      ).optional(),
      interval: duration("Time between two liveness checks. Default 10s.").optional(),
      timeout: duration("Longest wait for the answer of a check. Default 1s.").optional(),
      failures: wholeNumber(1, most, "So many failed checks in a row replace an instance. Default 3.").optional(),
      eventLoopDelay: duration(
        "An instance whose event loop stands still for this long is replaced. Default: not looked at.",
      ).optional(),
    },
    mapping,
  )
  .describe("How it is told that an instance works.");

/** When an instance that works is replaced. */
export const recycleSchema: z.ZodType<ConfigRecycle> = z
  .strictObject(
    {
      requests: wholeNumber(1, most, "After so many requests. Default: never.").optional(),
      age: duration("At this age. Default: never.").optional(),
      memory: bytes("Above this resident memory. Default: never.").optional(),
    },
    mapping,
  )
  .describe("When an instance that works is replaced by a new one.");

/** When a function is not asked for a while. */
export const breakerSchema: z.ZodType<ConfigBreaker> = z
  .strictObject(
    {
      failureRate: numberAbove(
        0,
        1,
        "Part of the requests that must end in 502 or 504 of the gateway. Default 0.5.",
      ).optional(),
      requests: wholeNumber(
        0,
        most,
        "With fewer requests in the window nothing is concluded; 0 is no breaker. Default 20.",
      ).optional(),
      window: duration("Length of the window. Default 10s.").optional(),
      open: duration("How long requests are refused. Default 5s.").optional(),
    },
    mapping,
  )
  .describe("When a function whose instances fail is not asked for a while.");
