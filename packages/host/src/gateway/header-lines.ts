/**
 * Header fields as raw lines: a gateway passes most of them on as they are, so they stay one string, and only those
 * that matter to it are looked at.
 *
 * Grammar (RFC 9112, 5): `name ":" OWS value OWS CRLF`, a name of token characters with no space before the colon, a
 * value without control characters but tab. Folded lines and bare CR or LF are not in it: parsers disagree about them,
 * which is what request smuggling lives on.
 */
const fieldLines = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;

/** Whether `text` (latin1) consists of valid header lines, each with its CRLF. */
export function areFieldLines(text: string): boolean {
  return fieldLines.test(text);
}

/** Called with a lower-case name and trimmed value of each known field; returns whether the line is passed on. */
export type FieldVisitor = (name: string, value: string) => boolean;

/**
 * Visits those lines of valid header lines whose name has a length in `lengths` and returns the lines to pass on.
 * Other lines are passed on unseen: most headers cost one `indexOf` and one look at the length of their name.
 */
export function filterLines(text: string, lengths: ReadonlySet<number>, visit: FieldVisitor): string {
  let kept = "";
  let keptTo = 0;
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf("\r\n", start) + 2;
    const colon = text.indexOf(":", start);
    if (lengths.has(colon - start)) {
      const name = text.slice(start, colon).toLowerCase();
      if (!visit(name, trimSpace(text.slice(colon + 1, end - 2)))) {
        kept += text.slice(keptTo, start);
        keptTo = end;
      }
    }
    start = end;
  }
  return keptTo === 0 ? text : kept + text.slice(keptTo);
}

/** Trims what HTTP calls white space; JavaScript's own `trim` takes U+00A0 for some, and no other parser does. */
function trimSpace(text: string): string {
  return text.replace(/^[\t ]+|[\t ]+$/g, "");
}

/** Removes the lines with these names (lower case). */
export function removeFields(text: string, names: ReadonlySet<string>): string {
  const lengths = new Set([...names].map((name) => name.length));
  return filterLines(text, lengths, (name) => !names.has(name));
}

/** Splits a list value (RFC 9110, 5.6.1) into its lower-case members. */
export function listMembers(value: string): string[] {
  return value
    .toLowerCase()
    .split(",")
    .map(trimSpace)
    .filter((member) => member !== "");
}
