import type { EffectRow } from "./effect-row.ts";
import type { ExpectedWarnings } from "./expected-warnings.ts";

/** The rows of the table by the object whose properties they name, and by that name. */
export function rowsByHolder(table: readonly EffectRow[]): Map<string, EffectRow[]> {
  return Map.groupBy(table, (row) => row.of);
}

export function rowsByName(rows: readonly EffectRow[]): Map<string, EffectRow[]> {
  const named = new Map<string, EffectRow[]>();
  for (const row of rows) for (const name of row.names) named.set(name, [...(named.get(name) ?? []), row]);
  return named;
}

/** The object that a row's `of` names; null where this version of Node has none. */
export function findHolder(of: string, warnings: ExpectedWarnings): object | null {
  const [root = "", path] = of.split(" ");
  let found: unknown = rootOf(root, warnings);
  for (const name of path?.split(".") ?? []) found = (found as Record<string, unknown> | null | undefined)?.[name];
  return (typeof found === "object" || typeof found === "function") && found !== null ? found : null;
}

/** Module that a row is about; its own name for what is global. */
export function moduleOf({ of }: EffectRow): string {
  return of.split(" ")[0] ?? of;
}

function rootOf(root: string, warnings: ExpectedWarnings): object | null {
  if (root === "process") return process;
  if (root === "globalThis") return globalThis;
  return warnings.load(root);
}
