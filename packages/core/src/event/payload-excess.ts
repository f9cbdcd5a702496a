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
  const frameBytes = jsonBytes(JSON.stringify({ ...answer, body: "" }), false);
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
  return "text" in body ? jsonBytes(body.text, true) : body.base64.length;
}

/**
 * Counts the UTF-8 bytes of a text.
 *
 * @param isEscaped counts it as `JSON.stringify` writes it inside a string
 */
function jsonBytes(text: string, isEscaped: boolean): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) bytes += wideBytes(text, i, unit) - 1;
    else if (isEscaped && (unit < 0x20 || unit === 0x22 || unit === 0x5c)) bytes += escapeBytes(unit) - 1;
  }
  return bytes;
}

function escapeBytes(unit: number): number {
  // \b \t \n \f \r \" \\ have short forms; other control characters are \u00XX.
  const isShort = unit >= 0x20 || (unit >= 8 && unit <= 13 && unit !== 11);
  return isShort ? 2 : 6;
}

/** Two bytes below U+0800, three above; a pair of surrogates is four together, and JSON writes a lone one as `\udXXX`. */
function wideBytes(text: string, at: number, unit: number): number {
  if (unit < 0x800) return 2;
  if (unit < 0xd800 || unit > 0xdfff) return 3;
  const isHigh = unit < 0xdc00;
  const other = text.charCodeAt(isHigh ? at + 1 : at - 1);
  const isPaired = isHigh ? other >= 0xdc00 && other <= 0xdfff : other >= 0xd800 && other <= 0xdbff;
  return isPaired ? 2 : 6;
}
