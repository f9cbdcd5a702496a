import { TidegateError } from "../errors.ts";
import type { HttpRequestMessage, HttpResponseMessage, MessageBody, RawHeaders } from "./message.ts";
import type { EventSource } from "./source.ts";

/** Most bytes of JSON one UTF-16 unit of a string becomes: `\u001f`. */
const MOST_BYTES_A_UNIT = 6;
/** Bytes of an answer's JSON besides its headers' and body's text: member names, quotes, commas. Generous. */
const FRAME_BYTES = 1024;
/** Quotes, colons, commas and brackets about one header. */
const HEADER_FRAME_BYTES = 16;

/**
 * Tells whether the body of a request is more than its platform carries. It has arrived, so that is the case only where
 * something else than the platform sent it; an app must not come to rely on it.
 *
 * @returns an error to answer with, TIDEGATE_REQUEST_TOO_LARGE; undefined when the request fits
 */
export function requestExcess(source: EventSource, request: HttpRequestMessage): TidegateError | undefined {
  const { body } = request;
  const limit = source.limits.maxRequestBytes;
  if (body === null || carriedText(body).length * MOST_BYTES_A_UNIT <= limit) return undefined;
  const bytes = carriedBytes(body);
  if (bytes <= limit) return undefined;
  return new TidegateError(
    "TIDEGATE_REQUEST_TOO_LARGE",
    `Cannot serve the request: its body is ${bytes} bytes, and ${source.name} carries ${limit}`,
  );
}

/**
 * Tells whether an answer is more than its platform carries; it would answer in its own words then, or cut it off.
 *
 * Small answers cost a few additions. From a sixth of the limit on, bytes are counted, in base64 without looking at them.
 *
 * @param source the platform's format
 * @param response the response
 * @param answer what the source made of it
 * @returns an error to answer with instead, TIDEGATE_RESPONSE_TOO_LARGE; undefined when the answer fits
 */
export function responseExcess(
  source: EventSource,
  response: HttpResponseMessage,
  answer: object,
): TidegateError | undefined {
  const limit = source.limits.maxResponseBytes;
  const { body } = response;
  const bodyUnits = body === null ? 0 : carriedText(body).length;
  const headerBytes = headerBound(response.rawHeaders);
  if (bodyUnits * MOST_BYTES_A_UNIT + headerBytes + FRAME_BYTES <= limit) return undefined;
  const frameBytes = utf8Bytes(JSON.stringify({ ...answer, body: "" }));
  const bytes = frameBytes + (body === null ? 0 : carriedBytes(body));
  if (bytes <= limit) return undefined;
  return new TidegateError(
    "TIDEGATE_RESPONSE_TOO_LARGE",
    `Cannot send the response: it is ${bytes} bytes of JSON, and ${source.name} carries ${limit}`,
  );
}

function headerBound(raw: RawHeaders): number {
  let units = 0;
  for (const text of raw) units += text.length;
  return units * MOST_BYTES_A_UNIT + (raw.length / 2) * HEADER_FRAME_BYTES;
}

function carriedText(body: MessageBody): string {
  return "text" in body ? body.text : body.base64;
}

/** Bytes of a body inside JSON, without its quotes. Base64 has nothing to escape. */
function carriedBytes(body: MessageBody): number {
  return "text" in body ? utf8Bytes(JSON.stringify(body.text)) - 2 : body.base64.length;
}

/** Counts the UTF-8 bytes of JSON, which has no lone surrogates: `JSON.stringify` escapes them. */
function utf8Bytes(json: string): number {
  let bytes = json.length;
  // Mostly there is nothing more to count, and the search is several times faster than the loop.
  const first = json.search(/[^\0-\x7f]/);
  if (first === -1) return bytes;
  for (let i = first; i < json.length; i++) {
    const unit = json.charCodeAt(i);
    // Two bytes up to U+07FF, three above; each half of a pair of surrogates stands for two of its four.
    if (unit > 0x7f) bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
