import { TidegateError } from "../errors.ts";
import type { MessageBody } from "./message.ts";
import type { EventObject } from "./source.ts";

const EMPTY: EventObject = Object.freeze({});

/** Tells whether a value is an object that is no array. */
export function isObject(value: unknown): value is EventObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(name: string, expected: string, value: unknown): TidegateError {
  const actual = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  return new TidegateError(
    "TIDEGATE_EVENT_MALFORMED",
    `Cannot read event member "${name}": expected ${expected}, found ${actual}`,
  );
}

/**
 * Reads a string that has to be there.
 *
 * @throws TIDEGATE_EVENT_MALFORMED when it is missing, empty or no string
 */
export function requiredString(object: EventObject, name: string): string {
  const value = object[name];
  if (typeof value === "string" && value !== "") return value;
  throw malformed(name, "a non-empty string", value);
}

/** Reads a string that may be missing; an empty one counts as missing. */
export function optionalString(object: EventObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * Reads a map that may be missing or null: REST APIs send null where others leave the member out.
 *
 * @throws TIDEGATE_EVENT_MALFORMED when it is anything else than an object
 */
export function optionalMap(object: EventObject, name: string): EventObject | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (isObject(value)) return value;
  throw malformed(name, "an object", value);
}

/** Reads an object member for lookups; an empty object when there is none. */
export function objectOrEmpty(object: EventObject, name: string): EventObject {
  const value = object[name];
  return isObject(value) ? value : EMPTY;
}

/**
 * Reads `body` and `isBase64Encoded`. An empty string is how most platforms say that there is no body.
 * The flag may be the string `"true"` or `"false"` (Alibaba API Gateway), and `"false"` is truthy.
 *
 * @throws TIDEGATE_EVENT_MALFORMED when the body is neither a string nor missing
 */
export function readBody(event: EventObject): MessageBody | null {
  const body = event.body;
  if (body === undefined || body === null || body === "") return null;
  if (typeof body !== "string") throw malformed("body", "a string", body);
  const flag = event.isBase64Encoded;
  return flag === true || flag === "true" ? { base64: body } : { text: body };
}
