import { z } from "zod";
import { configSchema } from "./schema/config-schema.ts";

/**
 * The JSON Schema (draft 7, which editors know best) of `tidegate.yaml`.
 *
 * @returns the schema, made anew by each call
 */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, {
    io: "input",
    target: "draft-07",
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return { ...schema, title: "tidegate.yaml" };
}
