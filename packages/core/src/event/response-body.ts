import type { MessageBody } from "./message.ts";

/** The two members that carry a body in every event format. */
export interface BodyMembers {
  body: string;
  isBase64Encoded: boolean;
}

/** Writes a body as `body` and `isBase64Encoded`; no body becomes the empty string, which all formats accept. */
export function bodyMembers(body: MessageBody | null): BodyMembers {
  if (body === null) return { body: "", isBase64Encoded: false };
  return "text" in body ? { body: body.text, isBase64Encoded: false } : { body: body.base64, isBase64Encoded: true };
}
