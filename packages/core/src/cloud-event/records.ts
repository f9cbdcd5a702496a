import { isObject, malformedMember } from "../event/members.ts";
import type { EventObject } from "../event/source.ts";
import { type CloudEventParts, createCloudEvent } from "./cloud-event.ts";
import type { EventKind } from "./event-kind.ts";
import type { TriggerItem } from "./trigger-source.ts";

const EMPTY: EventObject = Object.freeze({});

/** The first record of a list, for telling formats apart; an empty object when there is none. */
export function firstOf(list: unknown): EventObject {
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return isObject(first) ? first : EMPTY;
}

/**
 * Reads a list of objects.
 *
 * @param list the member
 * @param name its name, for the message
 * @throws TIDEGATE_EVENT_MALFORMED when it is no list, or holds anything but objects
 */
export function listRecords(list: unknown, name: string): EventObject[] {
  if (!Array.isArray(list)) throw malformedMember(name, "an array", list);
  return list.map((record: unknown, i) => {
    if (!isObject(record)) throw malformedMember(`${name}[${i}]`, "an object", record);
    return record;
  });
}

/** Reads an object that has to be there. */
export function requiredObject(object: EventObject, name: string): EventObject {
  const value = object[name];
  if (isObject(value)) return value;
  throw malformedMember(name, "an object", value);
}

/** Reads a text that has to be there and may not be empty: ids, names and what else becomes an attribute. */
export function requiredName(object: EventObject, name: string): string {
  const value = object[name];
  if (typeof value === "string" && value !== "") return value;
  throw malformedMember(name, "a non-empty string", value);
}

/** Reads a number, or a text of digits, as text: ids and offsets come as either. */
export function requiredDigits(object: EventObject, name: string): string {
  const value = object[name];
  if (typeof value === "number" && Number.isInteger(value)) return String(value);
  if (typeof value === "string" && /^\d+$/.test(value)) return value;
  throw malformedMember(name, "an integer", value);
}

/** What an item has beside its event and record. */
export interface ItemOptions {
  readonly group?: string | undefined;
  readonly failureId?: unknown;
}

/** Makes an item. */
export function createItem(
  kind: EventKind,
  record: unknown,
  parts: CloudEventParts,
  { group, failureId }: ItemOptions = {},
): TriggerItem {
  return { kind, cloudEvent: createCloudEvent(parts), record, group, failureId };
}

/** Joins the parts of an id that are there. */
export function joinId(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(".");
}

/** Escapes what cannot stand in a URI reference, for names that platforms put into no ARN. */
export function uriPart(name: string): string {
  return encodeURIComponent(name.toWellFormed());
}
