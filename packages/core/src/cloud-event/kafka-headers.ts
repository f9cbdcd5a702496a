import { isObject, optionalString } from "../event/members.ts";
import { decodeUtf8 } from "./base64.ts";
import type { CloudEventParts } from "./cloud-event.ts";
import { isExtensionName, isMediaType } from "./cloud-event-headers.ts";
import { toTimestamp } from "./timestamp.ts";

/** Headers of a Kafka record, decoded: the last of several of one name. */
export type KafkaHeaders = Readonly<Record<string, string>>;

/** Reads `[{ name: [signed bytes] }]`; what is no UTF-8 is left out, and stays in the record. */
export function readKafkaHeaders(list: unknown): KafkaHeaders {
  const headers: Record<string, string> = Object.create(null);
  if (!Array.isArray(list)) return headers;
  for (const entry of list) {
    if (!isObject(entry)) continue;
    for (const name of Object.keys(entry)) {
      const bytes: unknown = entry[name];
      const value = Array.isArray(bytes) ? decodeUtf8(bytes) : undefined;
      if (value !== undefined) headers[name] = value;
    }
  }
  return headers;
}

/**
 * What the headers of a record say of its event. A record that is a CloudEvent itself keeps its own attributes.
 * Other headers become extensions where their name allows it. Format: CloudEvents Kafka protocol binding 1.0, 3.2.
 *
 * @param headers see {@link readKafkaHeaders}
 * @param parts what the event has without them
 */
export function withKafkaHeaders(headers: KafkaHeaders, parts: CloudEventParts): CloudEventParts {
  const extensions: Record<string, string> = { ...parts.extensions };
  const isCloudEvent = ["ce_specversion", "ce_id", "ce_source", "ce_type"].every((name) => Boolean(headers[name]));
  for (const name of Object.keys(headers)) {
    const extension = isCloudEvent ? name.replace(/^ce_/, "") : name;
    const value = headers[name];
    if (value !== undefined && isExtensionName(extension) && !(extension in extensions)) extensions[extension] = value;
  }
  const declared = optionalString(headers, "content-type");
  const datacontenttype = declared !== undefined && isMediaType(declared) ? declared : undefined;
  if (!isCloudEvent) return { ...parts, extensions, datacontenttype };
  return {
    ...parts,
    id: headers.ce_id ?? parts.id,
    source: headers.ce_source ?? parts.source,
    type: headers.ce_type ?? parts.type,
    subject: headers.ce_subject ?? parts.subject,
    time: toTimestamp(headers.ce_time) ?? parts.time,
    extensions,
    datacontenttype,
  };
}
