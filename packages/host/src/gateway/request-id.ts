import { randomBytes } from "node:crypto";

/**
 * Makes ids for requests that bring none: unique across hosts by a random prefix, and cheap, since every request needs
 * one. They are names, not secrets.
 */
export function createRequestIds(): () => string {
  const prefix = randomBytes(6).toString("hex");
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}
