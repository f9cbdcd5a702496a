const IPV4: RegExp = /^\d{1,3}(?:\.\d{1,3}){3}$/;
// Hex groups, perhaps with an IPv4 tail or a zone; two colons at least, so that no port is taken for a group.
const IPV6: RegExp = /^[\da-f]*:[\da-f]*:[\da-f:.]*(?:%[\w.-]+)?$/i;

/**
 * Reads an address that a platform wrote down, and leaves its port and brackets out: load balancers can be set to add the
 * client's port, `203.0.113.7:51234` and `[2001:db8::1]:51234`.
 *
 * @returns undefined for anything else, such as the `test-invoke-source-ip` of API Gateway's console: libraries that parse
 * `remoteAddress` throw on it
 */
export function readAddress(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  if (IPV4.test(value)) return value;
  let text = value.trim();
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    text = text.slice(1, end === -1 ? 1 : end);
  } else if (text.indexOf(":") === text.lastIndexOf(":")) {
    const port = text.indexOf(":");
    if (port !== -1) text = text.slice(0, port);
  }
  return IPV4.test(text) || IPV6.test(text) ? text : undefined;
}

/**
 * Reads the last hop of `x-forwarded-for`: the address the platform itself saw; earlier hops are the client's word.
 *
 * @param forwardedFor value of the header
 */
export function lastHop(forwardedFor: string | undefined): string | undefined {
  if (forwardedFor === undefined) return undefined;
  const comma = forwardedFor.lastIndexOf(",");
  return readAddress(comma === -1 ? forwardedFor : forwardedFor.slice(comma + 1));
}
