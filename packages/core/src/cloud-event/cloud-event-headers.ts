import type { RawHeaders } from "../event/message.ts";
import type { CloudEvent } from "./cloud-event.ts";

// CloudEvents HTTP binding 1.0, 3.1.3.2: all but U+0021 to U+007E is escaped, and of these `"` and `%`.
const ESCAPED_IN_HEADER: RegExp = /[^!#$&-~]+/g;
const EXTENSION_NAME: RegExp = /^[a-z0-9]+$/;
const CORE_ATTRIBUTES: ReadonlySet<string> = new Set([
  "id",
  "source",
  "type",
  "specversion",
  "subject",
  "time",
  "datacontenttype",
  "data",
]);
// RFC 9110, 8.3: what a media type with parameters is made of; nothing that could end the header.
const MEDIA_TYPE: RegExp = /^[\w!#$%&'*+\-.^`|~]+\/[\w!#$%&'*+\-.^`|~]+(?:[ \t]*;[\t\x20-\x7e]*)?$/;

/**
 * Writes an attribute's value as the value of a header: percent-encoded UTF-8 where it is more than printable ASCII.
 *
 * @example
 * encodeHeaderValue("Euro € 😀"); // "Euro%20%E2%82%AC%20%F0%9F%98%80"
 */
export function encodeHeaderValue(value: string): string {
  return value.replace(ESCAPED_IN_HEADER, (run) => encodeURIComponent(run.toWellFormed()));
}

/** Tells whether a name may be that of a further attribute: an extension, or `dataschema`. */
export function isExtensionName(name: string): boolean {
  return EXTENSION_NAME.test(name) && !CORE_ATTRIBUTES.has(name);
}

/** Tells whether text that comes from an event may become a content type. */
export function isMediaType(value: string): boolean {
  return MEDIA_TYPE.test(value);
}

/**
 * Writes the attributes of an event as headers, binary content mode. The content type is the caller's.
 * Format: CloudEvents HTTP protocol binding 1.0, 3.1.
 */
export function cloudEventHeaders(event: CloudEvent): RawHeaders {
  const raw: RawHeaders = ["ce-specversion", "1.0"];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined) raw.push(`ce-${name}`, encodeHeaderValue(value));
  };
  add("id", event.id);
  add("source", event.source);
  add("type", event.type);
  add("subject", event.subject);
  add("time", event.time);
  for (const name of Object.keys(event.extensions)) {
    if (isExtensionName(name)) add(name, event.extensions[name]);
  }
  return raw;
}
