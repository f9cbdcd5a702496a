import { malformedEvent, requiredString } from "./members.ts";
import type { EventObject } from "./source.ts";

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]);
// RFC 9110, 5.6.2.
const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Reads a method. Clients of platforms send upper case, and Node's parser takes nothing else; hand-written events may not.
 *
 * @throws TIDEGATE_EVENT_MALFORMED when it is missing or no token
 */
export function readMethod(object: EventObject, name: string): string {
  const method = requiredString(object, name);
  if (METHODS.has(method)) return method;
  if (!TOKEN.test(method)) throw malformedEvent(`Cannot read event member "${name}": its value is no HTTP method`);
  return method.toUpperCase();
}
