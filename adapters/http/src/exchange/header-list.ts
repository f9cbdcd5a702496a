import { validateHeaderName, validateHeaderValue } from "node:http";
import { isConnectionHeader, type RawHeaders } from "@tidegate/core";

/** What writeHead accepts as headers. */
export type HeaderInput = Record<string, unknown> | unknown[] | undefined;

/** Lists a header; an array becomes one header for each of its values. */
export function addHeader(raw: RawHeaders, name: string, value: unknown): void {
  if (Array.isArray(value)) for (const item of value) raw.push(name, String(item));
  else raw.push(name, String(value));
}

/** Lists headers given to writeHead alone: they have not passed through setHeader's checks. */
export function addUncheckedHeaders(raw: RawHeaders, headers: NonNullable<HeaderInput>): void {
  const add = (name: string, value: unknown): void => {
    validateHeaderName(name);
    for (const item of Array.isArray(value) ? value : [value]) validateHeaderValue(name, item);
    addHeader(raw, name, value);
  };
  if (!Array.isArray(headers)) {
    for (const name of Object.keys(headers)) add(name, headers[name]);
  } else if (Array.isArray(headers[0])) {
    for (const pair of headers) if (Array.isArray(pair)) add(String(pair[0]), pair[1]);
  } else {
    if (headers.length % 2 !== 0) throw new TypeError("The argument 'headers' is invalid: odd number of elements");
    for (let i = 0; i < headers.length; i += 2) add(String(headers[i]), headers[i + 1]);
  }
}

/** Reads how the app frames its body, and removes what only concerns the connection. */
export function takeFraming(raw: RawHeaders): { contentLength: number | undefined; isChunked: boolean } {
  let contentLength: number | undefined;
  let isChunked = false;
  for (let i = raw.length - 2; i >= 0; i -= 2) {
    const name = String(raw[i]).toLowerCase();
    if (name === "content-length") contentLength = Number(raw[i + 1]);
    else if (isConnectionHeader(name)) {
      isChunked ||= name === "transfer-encoding";
      raw.splice(i, 2);
    }
  }
  return { contentLength, isChunked };
}
