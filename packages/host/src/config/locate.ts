import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, type LineCounter, type Node } from "yaml";

export type ConfigPath = readonly PropertyKey[];

/** A place in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Finds where a field stands in a YAML document.
 *
 * @param document the document, parsed with `lineCounter`
 * @param path the field's path
 * @param part "value", or "key" for the name of the field itself
 * @returns the place of the value; of its key when it has none; of the nearest parent that is there when the field is missing
 */
export function locate(
  document: Document,
  lineCounter: LineCounter,
  path: ConfigPath,
  part: "key" | "value",
): Position {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    const child = childOf(resolve(node, document), step);
    if (child === null) break;
    const wantsKey = part === "key" && depth === path.length - 1;
    offset = (wantsKey ? null : offsetOf(child.value)) ?? offsetOf(child.key) ?? offset;
    // A missing field is best shown at the name of the mapping that lacks it, not at that mapping's first field.
    const next = path[depth + 1];
    if (next !== undefined && childOf(resolve(child.value, document), next) === null)
      offset = offsetOf(child.key) ?? offset;
    node = child.value;
  }
  const { line, col } = lineCounter.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

interface Child {
  readonly key: unknown;
  readonly value: unknown;
}

function childOf(node: unknown, step: PropertyKey): Child | null {
  if (isSeq(node) && typeof step === "number") {
    const value = node.items[step];
    return value === undefined ? null : { key: value, value };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find((item) => isPair(item) && keyText(item.key) === String(step));
  return pair === undefined ? null : { key: pair.key, value: pair.value };
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function resolve(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

/** Start of a node; null for a node without text, such as the value of `port:`. */
function offsetOf(node: unknown): number | null {
  if (!isNode(node)) return null;
  const range = (node as Node).range;
  return range === null || range === undefined || (isScalar(node) && range[0] === range[1]) ? null : range[0];
}
