import type { MessageBody } from "./message.ts";

/** Text of a body for the member `body`; no body is the empty string, which all formats accept. */
export function bodyText(body: MessageBody | null): string {
  if (body === null) return "";
  return "text" in body ? body.text : body.base64;
}

/** Value of the member `isBase64Encoded`. */
export function isBase64(body: MessageBody | null): boolean {
  return body !== null && "base64" in body;
}
