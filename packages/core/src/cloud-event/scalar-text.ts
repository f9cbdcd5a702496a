/** Writes a string, number or boolean of an event as text. Objects are empty: theirs may have no text, or throw. */
export function scalarText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
