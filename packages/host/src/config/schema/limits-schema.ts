import { z } from "zod";
import type { ConfigLimits, ConfigQueue } from "../config-file.ts";
import { bytes, choice, duration, mapping, most, numberAbove, wholeNumber } from "../field.ts";

/** Requests that wait. */
export const queueSchema: z.ZodType<ConfigQueue> = z
  .strictObject(
    {
      limit: wholeNumber(
        0,
        most,
        "Most requests that may wait for an instance; one more gets 503. Default 10000.",
      ).optional(),
      timeout: duration(
        "Longest wait of a request for an instance; then it gets 503. Default: twice startTimeout, at least 60s.",
      ).optional(),
    },
    mapping,
  )
  .describe("Requests that wait for an instance.");

const rateSchema = z
  .strictObject(
    {
      perSecond: numberAbove(0, most, "Requests per second in the long run."),
      burst: wholeNumber(1, most, "Requests that may come at once. Default: perSecond, at least 1.").optional(),
      per: choice(
        ["function", "client"],
        "Whether all clients share the limit, or each address has its own. Default function.",
      ).optional(),
    },
    mapping,
  )
  .describe("How often the function may be called; what is beyond gets 429. Default: no limit.");

/** What a request may be. */
export const limitsSchema: z.ZodType<ConfigLimits> = z
  .strictObject(
    {
      body: bytes("Largest body of a request; a larger one gets 413. Default: any.").optional(),
      headers: bytes("Largest head of a request; a larger one gets 431. Default: the gateway's.").optional(),
      rate: rateSchema.optional(),
    },
    mapping,
  )
  .describe("What a request may be, and how many.");
