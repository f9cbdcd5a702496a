import type { OutgoingHttpHeaders } from "node:http2";

/** Names as HTTP/2 has them: tokens without upper case (RFC 9113, 8.2.1). */
export const fieldName: RegExp = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** Values without control characters but tab, and without white space around them. */
export const fieldValue: RegExp = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;

/** Fields that speak about a connection of HTTP/1.1; HTTP/2 has other means, and takes them for an error (8.2.2). */
export const connectionFields: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** Header lines of HTTP/1.1, each with its CRLF, as fields of HTTP/2. Repeated fields stay several. */
export function fieldsOf(lines: string): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = Object.create(null);
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf("\r\n", start);
    const colon = lines.indexOf(":", start);
    const name = lines.slice(start, colon).toLowerCase();
    if (!connectionFields.has(name))
      addField(fields, name, lines.slice(colon + 1, end).replace(/^[\t ]+|[\t ]+$/g, ""));
    start = end + 2;
  }
  return fields;
}

function addField(fields: OutgoingHttpHeaders, name: string, value: string): void {
  const before = fields[name];
  if (before === undefined) fields[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else fields[name] = [String(before), value];
}

/** Fields of HTTP/2, names and values in turn, as header lines of HTTP/1.1; pseudo header fields are left out. */
export function linesOf(fields: readonly string[]): string {
  let lines = "";
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? "";
    const value = fields[at + 1] ?? "";
    // What could become two lines, or none, is not passed on.
    if (fieldName.test(name) && fieldValue.test(value) && !connectionFields.has(name)) lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** As they are where HTTP/2 allows no repetition of a field: joined to a list (RFC 9110, 5.3). */
export function joinedFields(fields: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const joined: OutgoingHttpHeaders = Object.create(null);
  for (const [name, value] of Object.entries(fields)) {
    joined[name] = Array.isArray(value) && name !== "set-cookie" ? value.join(", ") : value;
  }
  return joined;
}
