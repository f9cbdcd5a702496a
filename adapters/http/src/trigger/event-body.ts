import { isUtf8 } from "node:buffer";
import { type CloudEvent, type CloudEventData, TidegateError } from "@tidegate/core";

/** Body of an event's request. */
export interface EventBody {
  /** `undefined` when the event has no data. */
  readonly bytes: Buffer | undefined;
  /** Media type of the bytes; `undefined` when there are none. */
  readonly contentType: string | undefined;
}

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE: RegExp = /^[^;]*[/+]json\s*(?:;|$)/i;
const TEXT_TYPE: RegExp = /^(?:text\/|[^;]*[/+]xml\s*(?:;|$))/i;
// No log subscription has more than some megabytes; what expands to more than this is an attack.
const MAX_INFLATED_BYTES = 256 * 1024 * 1024;

/** Loaded when it is first needed: nearly no function has such events, and every cold start would pay for it. */
async function inflate(bytes: Buffer): Promise<Buffer> {
  const { gunzip } = await import("node:zlib");
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  gunzip(bytes, { maxOutputLength: MAX_INFLATED_BYTES }, (error, inflated) =>
    error === null ? resolve(inflated) : reject(error),
  );
  return promise;
}

function unreadable(state: string, cause: unknown): TidegateError {
  return new TidegateError("TIDEGATE_EVENT_MALFORMED", `Cannot read the event's data: ${state}`, { cause });
}

async function toBytes(data: CloudEventData): Promise<Buffer> {
  if ("text" in data) return Buffer.from(data.text);
  if ("bytes" in data) return Buffer.from(data.bytes.buffer, data.bytes.byteOffset, data.bytes.byteLength);
  if ("json" in data) {
    try {
      return Buffer.from(JSON.stringify(data.json) ?? "null");
    } catch (cause) {
      throw unreadable("it has no JSON form", cause);
    }
  }
  const bytes = Buffer.from(data.base64, "base64");
  if (data.isGzip !== true) return bytes;
  try {
    return await inflate(bytes);
  } catch (cause) {
    throw unreadable("it is not compressed as its source says", cause);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Numbers and bare words are valid JSON too, but nobody who sends the text `42` means JSON, and parsers refuse it. */
function sniff(bytes: Buffer): string {
  if (!isUtf8(bytes)) return "application/octet-stream";
  const first = /[^\s]/.exec(bytes.toString("latin1", 0, 64))?.[0];
  if (first !== "{" && first !== "[") return TEXT;
  return parse(bytes.toString()) === undefined ? TEXT : "application/json";
}

/**
 * Makes the body of an event's request. Where the platform does not say what a message is, its bytes do: a JSON object
 * or array, other text, or bytes.
 *
 * @throws TIDEGATE_EVENT_MALFORMED when the data cannot be decoded
 */
export async function toEventBody(event: CloudEvent): Promise<EventBody> {
  if (event.data === undefined) return { bytes: undefined, contentType: undefined };
  const bytes = await toBytes(event.data);
  return { bytes, contentType: event.datacontenttype ?? sniff(bytes) };
}

/** Reads a body as a function wants it: parsed JSON, text, or bytes. What claims to be JSON and is not comes as text. */
export function readEventBody({ bytes, contentType }: EventBody): unknown {
  if (bytes === undefined || contentType === undefined) return undefined;
  if (JSON_TYPE.test(contentType)) {
    const text = bytes.toString();
    return parse(text) ?? (text.trim() === "null" ? null : text);
  }
  return TEXT_TYPE.test(contentType) && isUtf8(bytes) ? bytes.toString() : bytes;
}
