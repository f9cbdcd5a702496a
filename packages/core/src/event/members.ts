import { TidegateError } from "../errors.ts";
import type { MessageBody } from "./message.ts";
import type { EventObject } from "./source.ts";

const EMPTY: EventObject = Object.freeze({});
// Ids end in logs and headers; whatever is not visible ASCII (RFC 9110, 5.5) is no id of a platform.
const VISIBLE: RegExp = /^[\x21-\x7e]+$/;

/** Tells whether a value is an object that is no array. */
export function isObject(value: unknown): value is EventObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Makes the error for a member that is not as documented.
 *
 * @param name member of the event
 * @param expected what it should be, `a string`
 * @param value what it is; only its type is told, since events hold secrets and messages end in logs
 */
export function malformedMember(name: string, expected: string, value: unknown): TidegateError {
  const actual = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  return malformedEvent(`Cannot read event member "${name}": expected ${expected}, found ${actual}`);
}

/** A name from an event for a message: in quotes, without line breaks, and not longer than a line. */
export function quotedName(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}...` : name);
}

/** Makes the error for an event whose content cannot be an HTTP request. */
export function malformedEvent(message: string): TidegateError {
  return new TidegateError("TIDEGATE_EVENT_MALFORMED", message);
}

/**
 * Reads a string that has to be there.
 *
 * @throws TIDEGATE_EVENT_MALFORMED when it is missing or no string
 */
export function requiredString(object: EventObject, name: string): string {
  const value = object[name];
  if (typeof value === "string") return value;
  throw malformedMember(name, "a string", value);
}

/** Reads a string that may be missing; an empty one counts as missing. */
export function optionalString(object: EventObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Reads an id that may be missing, or unfit for a header or a log line, and then counts as missing. */
export function optionalId(object: EventObject, name: string): string | undefined {
  return readId(object[name]);
}

/** Takes a value as an id if it can be one. */
export function readId(value: unknown): string | undefined {
  return typeof value === "string" && VISIBLE.test(value) ? value : undefined;
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
  throw malformedMember(name, "an object", value);
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
 * @throws TIDEGATE_EVENT_MALFORMED when the body is neither a string nor missing, or base64 of an impossible length
 */
export function readBody(event: EventObject): MessageBody | null {
  const body = event.body;
  if (body === undefined || body === null || body === "") return null;
  if (typeof body !== "string") throw malformedMember("body", "a string, the body as it was sent", body);
  const flag = event.isBase64Encoded;
  if (flag !== true && flag !== "true") return { text: body };
  // Four characters stand for three bytes; one left over is never base64. The rest shows when it is decoded.
  if (base64ByteLength(body) === -1) throw malformedBody();
  return { base64: body };
}

/**
 * Counts the bytes that base64 text stands for, without reading it.
 *
 * Decoders that skip illegal characters, as Node's does, give fewer: comparing the two finds them without another scan
 * of what may be megabytes.
 *
 * @returns the number of bytes; -1 when no base64 has this length
 *
 * @example
 * base64ByteLength("aGk="); // 2
 * Buffer.from("aG*=", "base64").length; // 1
 */
export function base64ByteLength(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  return digits % 4 === 1 ? -1 : Math.floor((digits * 3) / 4);
}

/** Makes the error for a body that says it is base64 and is not. */
export function malformedBody(): TidegateError {
  return malformedEvent('Cannot read event member "body": "isBase64Encoded" is true, and the body is no base64');
}
