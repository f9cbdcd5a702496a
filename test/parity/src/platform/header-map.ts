import type { HeaderLine } from "./received-request.ts";

/** `X-Cased` to `x-cased`. */
export function lowerName(name: string): string {
  return name.toLowerCase();
}

/** `x-cased` to `X-Cased`, as Go's HTTP library spells header names. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (match) => match.toUpperCase());
}

/** Every header with all its values, under the spelling that came first. */
export function groupHeaders(lines: readonly HeaderLine[]): Record<string, string[]> {
  const groups = new Map<string, { name: string; values: string[] }>();
  for (const [name, value] of lines) {
    const lower = name.toLowerCase();
    const group = groups.get(lower);
    if (group === undefined) groups.set(lower, { name, values: [value] });
    else group.values.push(value);
  }
  return Object.fromEntries([...groups.values()].map(({ name, values }) => [name, values]));
}

function mapValues(groups: Record<string, string[]>, value: (values: string[]) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, values]) => [name, value(values)]));
}

/** One value for each name, the last one. */
export function lastValues(groups: Record<string, string[]>): Record<string, string> {
  return mapValues(groups, (values) => String(values.at(-1)));
}

/** One value for each name, repeats joined. */
export function joinValues(groups: Record<string, string[]>, separator: string): Record<string, string> {
  return mapValues(groups, (values) => values.join(separator));
}
