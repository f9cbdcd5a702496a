import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { configJsonSchema } from "./json-schema.ts";

const published = fileURLToPath(new URL("../../../../docs/tidegate.schema.json", import.meta.url));

test("docs/tidegate.schema.json is the schema (write it anew with vitest run -u)", async () => {
  await expect(`${JSON.stringify(configJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(published);
});

test("configJsonSchema describes every field", () => {
  const bare: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    if (typeof schema !== "object" || schema === null) return;
    const { properties, additionalProperties } = schema as Record<string, unknown>;
    for (const [name, field] of Object.entries(properties ?? {})) {
      if (!("description" in field)) bare.push(`${path}.${name}`);
      visit(field, `${path}.${name}`);
    }
    visit(additionalProperties, `${path}.*`);
  };
  visit(configJsonSchema(), "");
  expect(bare).toEqual([]);
});
