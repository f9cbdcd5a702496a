import type { OutgoingMessage } from "node:http";
import { validateHeaderName, validateHeaderValue } from "../node-http.ts";
import type { ResponseHead } from "../sink/response-sink.ts";
import { utcDate } from "./utc-date.ts";

/** What writeHead accepts as headers. */
export type HeaderInput = Record<string, unknown> | unknown[] | null | undefined;

/** Head of a response, and what its headers say about its body. */
export interface ResponseFields extends ResponseHead {
  /** Value of `content-length`, if the app set one. */
  contentLength: number | undefined;
  contentType: string | undefined;
  contentEncoding: string | undefined;
  hasDate: boolean;
  hasTrailer: boolean;
  isChunked: boolean;
}

/** Members of Node's OutgoingMessage that decide which headers it adds. */
export interface OutgoingFraming {
  readonly sendDate: boolean;
  readonly _hasBody: boolean;
  readonly _removedContLen: boolean;
  _contentLength: number | null;
}

type OwnHeaders = Record<string, readonly [name: string, value: unknown]>;

/**
 * Reads the headers an app set before and with writeHead.
 *
 * @param status status code
 * @param statusText reason phrase
 * @param own headers set by `setHeader`; Node has merged those of writeHead into them
 * @param input headers given to writeHead alone, unchecked
 */
export function readFields(
  status: number,
  statusText: string,
  own: OwnHeaders | undefined,
  input: HeaderInput,
): ResponseFields {
  const fields: ResponseFields = {
    status,
    statusText,
    rawHeaders: [],
    contentLength: undefined,
    contentType: undefined,
    contentEncoding: undefined,
    hasDate: false,
    hasTrailer: false,
    isChunked: false,
  };
  if (own !== undefined) {
    for (const name in own) {
      const entry = own[name] as readonly [string, unknown];
      addField(fields, name, entry[0], entry[1]);
    }
  } else if (input) {
    addInput(fields, input);
  }
  return fields;
}

/** Adds what Node adds when it serializes a head: the date, and the length of a body that was given whole to `end`. */
export function completeFields(fields: ResponseFields, outgoing: OutgoingFraming): void {
  const isWhole = fields.contentLength !== undefined || !outgoing._hasBody;
  if (fields.hasTrailer && isWhole) throw invalidTrailer();
  if (outgoing.sendDate && !fields.hasDate) fields.rawHeaders.push("Date", utcDate(Date.now()));
  if (fields.contentLength !== undefined) {
    outgoing._contentLength = fields.contentLength;
  } else if (
    outgoing._hasBody &&
    outgoing._contentLength !== null &&
    !(fields.isChunked || fields.hasTrailer || outgoing._removedContLen)
  ) {
    fields.rawHeaders.push("Content-Length", String(outgoing._contentLength));
  }
}

/** Reads the headers of a response through its public methods, should Node rename the member that holds them. */
export function ownHeaders(response: OutgoingMessage): OwnHeaders | undefined {
  const names = (response as unknown as { getRawHeaderNames(): string[] }).getRawHeaderNames();
  if (names.length === 0) return undefined;
  const own: OwnHeaders = Object.create(null);
  for (const name of names) own[name.toLowerCase()] = [name, response.getHeader(name)];
  return own;
}

function addInput(fields: ResponseFields, input: NonNullable<HeaderInput>): void {
  if (!Array.isArray(input)) {
    for (const name of Object.keys(input)) addUnchecked(fields, name, input[name]);
  } else if (Array.isArray(input[0])) {
    for (const pair of input) if (Array.isArray(pair)) addUnchecked(fields, pair[0], pair[1]);
  } else {
    if (input.length % 2 !== 0) throw invalidHeaders(input);
    for (let i = 0; i < input.length; i += 2) addUnchecked(fields, input[i], input[i + 1]);
  }
}

/** Only a chunked body can have trailers. */
function invalidTrailer(): Error {
  const error = new Error("Trailers are invalid with this transfer encoding");
  return Object.assign(error, { code: "ERR_HTTP_TRAILER_INVALID" });
}

function invalidHeaders(input: unknown): TypeError {
  const error = new TypeError(`The argument 'headers' is invalid. Received ${JSON.stringify(input)}`);
  return Object.assign(error, { code: "ERR_INVALID_ARG_VALUE" });
}

function addUnchecked(fields: ResponseFields, name: unknown, value: unknown): void {
  validateHeaderName(name as string);
  if (Array.isArray(value)) for (const item of value) validateHeaderValue(name as string, item);
  else validateHeaderValue(name as string, value as string);
  addField(fields, (name as string).toLowerCase(), name as string, value);
}

/** Lists a header, except those that only concern the connection (RFC 9110, 7.6.1), which is the platform's. */
function addField(fields: ResponseFields, lower: string, name: string, value: unknown): void {
  switch (lower) {
    case "content-type":
      fields.contentType = String(value);
      break;
    case "content-encoding":
      fields.contentEncoding = String(value);
      break;
    case "content-length":
      fields.contentLength = Number(value);
      break;
    case "date":
      fields.hasDate = true;
      break;
    case "trailer":
      fields.hasTrailer = true;
      return;
    case "transfer-encoding":
      fields.isChunked = true;
      return;
    case "connection":
    case "keep-alive":
    case "proxy-connection":
    case "te":
    case "upgrade":
      return;
  }
  if (!Array.isArray(value)) fields.rawHeaders.push(name, String(value));
  // As Node writes them: several cookies of a request share a line, all else is repeated.
  else if (lower === "cookie" && value.length > 1) fields.rawHeaders.push(name, value.join("; "));
  else for (const item of value) fields.rawHeaders.push(name, String(item));
}
