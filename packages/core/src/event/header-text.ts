// RFC 9110, 5.6.2.
const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// RFC 9110, 5.5, and what Node's parser gives: tab, visible characters, and bytes above ASCII. One anchored class of
// legal characters is the fastest test there is: about 25 ns a value.
const LEGAL_VALUE: RegExp = /^[\t\x20-\x7e\x80-\xff]*$/;
const ESCAPE: RegExp = /%([0-9A-F]{2})/g;

/** Most names kept in {@link NAMES}; clients choose names, so there has to be an end. */
const MOST_NAMES = 512;
/** Lower-case form of names seen before, or null for one that is illegal: the same few names come with every event. */
const NAMES: Map<string, string | null> = new Map();

/**
 * Gives the lower-case form of a header's name.
 *
 * @returns null when the name is no token, and can stand in no header
 */
export function lowerName(name: string): string | null {
  const known = NAMES.get(name);
  if (known !== undefined) return known;
  const lower = TOKEN.test(name) ? name.toLowerCase() : null;
  if (NAMES.size >= MOST_NAMES) NAMES.clear();
  // A long name is not worth the memory it would hold.
  if (name.length <= 64) NAMES.set(name, lower);
  return lower;
}

/**
 * Gives a header's value as Node's parser would have.
 *
 * On the wire a value is bytes, and Node shows each as one character. A platform that put a character above U+00FF into
 * its JSON has decoded the bytes as UTF-8, so they are spread out again: an app finds what it finds on a socket.
 *
 * @returns undefined when it holds a control character: with a line break in it, one header could become two
 *
 * @example
 * legalValue("订单"); // "è®¢å\x8d\x95", what Node shows of these six bytes
 */
export function legalValue(value: string): string | undefined {
  if (LEGAL_VALUE.test(value)) return value;
  const bytes = encodeURIComponent(value.toWellFormed()).replace(ESCAPE, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return LEGAL_VALUE.test(bytes) ? bytes : undefined;
}
