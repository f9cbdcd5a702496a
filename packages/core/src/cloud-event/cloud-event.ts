/**
 * Data of a CloudEvent, in the form its platform carries it: a JSON value, text, bytes in base64 or bytes.
 * `isGzip` says that the bytes are compressed, as those of log subscriptions are.
 */
export type CloudEventData =
  | { readonly json: unknown }
  | { readonly text: string }
  | { readonly base64: string; readonly isGzip?: boolean }
  | { readonly bytes: Uint8Array };

/** One event with the attributes of CloudEvents 1.0. Source of the names and rules: the CloudEvents specification. */
export interface CloudEvent {
  /** With `source` it names the event; the same after a retry, so that an app can tell that it saw an event before. */
  readonly id: string;
  /** Where it happened, a URI reference; of cloud resources their own name, such as an ARN. */
  readonly source: string;
  /** What happened, such as `com.amazonaws.s3.ObjectCreated:Put`. */
  readonly type: string;
  /** What it happened to, within the source: the key of an object, the name of a timer. */
  readonly subject: string | undefined;
  /** When it happened, RFC 3339; left out where the platform gives none that can be read. */
  readonly time: string | undefined;
  /** Media type of the data; `undefined` where the platform does not know it. */
  readonly datacontenttype: string | undefined;
  /** Further attributes, by names of `a` to `z` and digits. */
  readonly extensions: Readonly<Record<string, string>>;
  /** `undefined` when there is none. */
  readonly data: CloudEventData | undefined;
}

/** What a source has to say of an event; the rest is filled in. */
export type CloudEventParts = Pick<CloudEvent, "id" | "source" | "type"> & {
  readonly [Name in Exclude<keyof CloudEvent, "id" | "source" | "type">]?: CloudEvent[Name] | undefined;
};

const NO_EXTENSIONS: CloudEvent["extensions"] = Object.freeze({});

/** Makes an event of its parts. Data given as a JSON value is `application/json` unless the parts say otherwise. */
export function createCloudEvent(parts: CloudEventParts): CloudEvent {
  const isJson = parts.data !== undefined && "json" in parts.data;
  return {
    id: parts.id,
    source: parts.source,
    type: parts.type,
    subject: parts.subject === "" ? undefined : parts.subject,
    time: parts.time,
    datacontenttype: parts.datacontenttype ?? (isJson ? "application/json" : undefined),
    extensions: parts.extensions ?? NO_EXTENSIONS,
    data: parts.data,
  };
}
