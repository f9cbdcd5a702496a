import { isUtf8 } from "node:buffer";
import { findLine, type ReceivedRequest } from "./received-request.ts";

/** The members of an event that carry a body. */
export interface BodyMembers {
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

// The media types API Gateway and the load balancer pass as text; everything else is base64.
const TEXT_TYPE: RegExp = /^(?:text\/|application\/(?:json|javascript|xml)\b)/i;

/** Writes a body as text where its type, coding and bytes allow it, as base64 where not. */
export function bodyMembers({ headers, body }: ReceivedRequest): BodyMembers {
  const isText =
    TEXT_TYPE.test(findLine(headers, "content-type") ?? "") &&
    findLine(headers, "content-encoding") === undefined &&
    isUtf8(body);
  if (isText || body.length === 0) return { body: body.toString("utf8"), isBase64Encoded: false };
  return { body: body.toString("base64"), isBase64Encoded: true };
}
