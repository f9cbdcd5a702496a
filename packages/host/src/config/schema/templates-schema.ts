import { z } from "zod";
import type { ConfigTemplates } from "../config-file.ts";
import { bytes, mapping, textLike } from "../field.ts";

/** What a template asks its app for. */
export const warmUpSchema: z.ZodType<string[]> = z
  .array(textLike(/^\/[\x21-\x7e]*$/, "A path.", 'a path such as "/products?page=1"'), { error: "a list of paths" })
  .max(1000, { error: "a list of at most 1000 paths" })
  .describe(
    "Paths asked for with GET once the app is loaded and before its instances are forked, so that the code behind them is compiled already. Default: none.",
  );

/** What is kept so that instances can be forked. */
export const templatesSchema: z.ZodType<ConfigTemplates> = z
  .strictObject(
    {
      memory: bytes(
        "Most memory of all templates together; the least useful ones are dropped first, and with 0 there is none. Default: a quarter of gateway.memory.",
        "zero",
      ).optional(),
    },
    mapping,
  )
  .describe("Templates: processes that loaded a function's app once, from which its instances are forked.");
