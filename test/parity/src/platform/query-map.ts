/** Name and value of a query, decoded or not; no value for a key without `=`. */
export type QueryPair = readonly [name: string, value: string | undefined];

/** Decodes a part of a query the way forms encode it; what is no escape stays. */
function decodeForm(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return new URLSearchParams(`x=${text}`).get("x") ?? spaced;
  }
}

/** Splits a query into pairs, still encoded. */
export function splitQuery(query: string | undefined): QueryPair[] {
  if (query === undefined || query === "") return [];
  return query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      return at < 0 ? [part, undefined] : [part.slice(0, at), part.slice(at + 1)];
    });
}

/** Splits a query into decoded pairs. */
export function decodeQuery(query: string | undefined): QueryPair[] {
  return splitQuery(query).map(([name, value]) => [
    decodeForm(name),
    value === undefined ? undefined : decodeForm(value),
  ]);
}

/** Every name with all its values; a key without `=` counts as empty. */
export function groupQuery(pairs: readonly QueryPair[]): Record<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [value ?? ""]);
    else group.push(value ?? "");
  }
  return Object.fromEntries(groups);
}
