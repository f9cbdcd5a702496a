/**
 * Splits a line of comma-separated values (RFC 4180); null when its quotes do not fit. Fields do not go over lines.
 *
 * @example
 * csvFields('a,"b, ""c""",'); // ["a", 'b, "c"', ""]
 */
export function csvFields(line: string): string[] | null {
  if (!line.includes('"')) return line.split(",");
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const found = field.exec(line);
    if (found === null) return null;
    const [, quoted, plain = "", end] = found;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === "") return fields;
  }
}
