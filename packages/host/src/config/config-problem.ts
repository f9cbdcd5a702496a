import type { z } from "zod";
import { closest } from "./closest.ts";
import { configJsonSchema } from "./json-schema.ts";
import type { ConfigPath } from "./locate.ts";

/** One thing wrong in a configuration. */
export interface ConfigProblem {
  readonly path: ConfigPath;
  /** Whether the field's name or its value is wrong. */
  readonly part: "key" | "value";
  readonly message: string;
}

/**
 * Says in words what a schema found wrong, one problem a field.
 *
 * @param issues what the schema found
 * @param data what it looked at
 */
export function problemsOf(issues: readonly z.core.$ZodIssue[], data: unknown): ConfigProblem[] {
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownField([...issue.path, key]));
    if (issue.code === "invalid_key") {
      const expected = issue.issues[0]?.message ?? "another name";
      return [{ path: issue.path, part: "key" as const, message: mismatch(expected, issue.path.at(-1)) }];
    }
    return [{ path: issue.path, part: "value" as const, message: mismatch(issue.message, valueAt(data, issue.path)) }];
  });
}

/** The words for a value that is not what was expected. */
export function mismatch(expected: string, value: unknown): string {
  return `expected ${expected}, got ${shown(value)}`;
}

/** A field's path as people write it, such as `functions.shop.routes[1]`. */
export function formatPath(path: ConfigPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}

function unknownField(path: ConfigPath): ConfigProblem {
  const known = fieldsAt(path.slice(0, -1));
  const meant = closest(String(path.at(-1)), known);
  const message =
    meant === null ? `unknown field; known are ${known.join(", ")}` : `unknown field; did you mean "${meant}"?`;
  return { path, part: "key", message };
}

/** The fields a mapping may have. */
function fieldsAt(path: ConfigPath): string[] {
  let schema: unknown = configJsonSchema();
  for (const step of path) {
    schema = valueAt(schema, ["properties", step]) ?? valueAt(schema, ["additionalProperties"]);
  }
  return Object.keys(valueAt(schema, ["properties"]) ?? {});
}

function valueAt(data: unknown, path: ConfigPath): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return Object.keys(value).length === 0 ? "an empty mapping" : "a mapping";
  if (typeof value !== "string") return String(value);
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
}
