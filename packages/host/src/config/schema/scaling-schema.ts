import { z } from "zod";
import { scheduleProblem } from "../../autoscaler/schedule.ts";
import type { ConfigScaling } from "../config-file.ts";
import { bytes, choice, duration, flag, mapping, most, numberAbove, text, wholeNumber } from "../field.ts";

const scheduleSchema = z
  .array(
    z
      .strictObject(
        {
          cron: text("When it begins: minute, hour, day of month, month, day of week.", "a cron expression"),
          timeZone: text("Time zone of cron, such as Asia/Shanghai. Default UTC.", "a time zone").optional(),
          for: duration("How long it lasts."),
          min: wholeNumber(0, 100_000, "Stands in for min meanwhile."),
          max: wholeNumber(1, 100_000, "Stands in for max meanwhile. Default: max stays.").optional(),
        },
        mapping,
      )
      .superRefine(({ cron, timeZone = "UTC" }, context) => {
        const problem = scheduleProblem(cron, timeZone);
        if (problem !== null) context.addIssue({ code: "custom", path: [problem.field], message: problem.expected });
      }),
    { error: "a list of times" },
  )
  .describe("Other bounds at certain times. Where several hold, the highest of each counts.");

export const scalingSchema: z.ZodType<ConfigScaling> = z
  .strictObject(
    {
      policy: choice(
        ["tide", "kpa"],
        "Who decides: tide, or Knative's algorithm for comparison. Default tide.",
      ).optional(),
      min: wholeNumber(0, 100_000, "Instances kept also without load; idle ones may be frozen. Default 0.").optional(),
      provisioned: wholeNumber(
        0,
        100_000,
        "Instances kept warm also without load, never frozen; counts towards min. Default 0.",
      ).optional(),
      freeze: flag("Freeze idle instances before stopping them. Default true.").optional(),
      schedule: scheduleSchema.optional(),
      cpu: numberAbove(
        0,
        most,
        "Processors an instance is to use on average, such as 0.7. Default: not looked at.",
      ).optional(),
      memory: bytes("Resident memory an instance is to use on average. Default: not looked at.").optional(),
      eventLoopDelay: duration("Delay of an instance's event loop to stay below. Default: not looked at.").optional(),
      max: wholeNumber(1, 100_000, "Most instances. Default 10.").optional(),
      idle: duration("Longest a function without requests keeps its last instance. Default 30s.", "zero").optional(),
      target: numberAbove(0, 1, "Part of concurrency that is aimed at; the rest is headroom. Default 0.7.").optional(),
      stableWindow: duration("Only policy kpa: window that steady scaling looks at. Default 60s.").optional(),
      panicWindow: duration("Only policy kpa: window that detects bursts. Default 6s.").optional(),
      panicThreshold: numberAbove(
        1,
        most,
        "Only policy kpa: a burst needs this many times the ready instances. Default 2.",
      ).optional(),
      maxScaleUpRate: numberAbove(1, most, "Most growth in one decision, as a multiple. Default 1000.").optional(),
      maxScaleDownRate: numberAbove(
        1,
        most,
        "Only policy kpa: most shrinking in a third of the panic window, as a divisor. Default 2.",
      ).optional(),
      scaleDownDelay: duration("A smaller number must have been enough for this long. Default 0.", "zero").optional(),
    },
    mapping,
  )
  .describe("How instances follow requests.");
