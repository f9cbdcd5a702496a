import { z } from "zod";
import type { ConfigFile } from "../config-file.ts";
import { functionNamePattern } from "../function-name.ts";
import { functionSchema } from "./function-schema.ts";
import { gatewaySchema } from "./gateway-schema.ts";
import { templatesSchema } from "./templates-schema.ts";

/** The schema of `tidegate.yaml`. Each error's message says what was expected. */
export const configSchema: z.ZodType<ConfigFile> = z
  .strictObject(
    {
      functions: z
        .record(
          z.string().regex(functionNamePattern, {
            error: "a function's name of up to 63 lower case letters, digits and hyphens",
          }),
          functionSchema,
          { error: "a mapping of function names to functions" },
        )
        .describe("The functions, by name."),
      gateway: gatewaySchema.optional(),
      templates: templatesSchema.optional(),
    },
    { error: 'a mapping with "functions"' },
  )
  .describe("Configuration of a Tidegate host: functions and the gateway in front of them.");
