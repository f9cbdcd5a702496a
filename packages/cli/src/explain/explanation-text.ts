import type { Paint } from "../output/paint.ts";
import { printable } from "../output/printable.ts";
import type { Detail, Explanation } from "./explanation.ts";

/** An explanation as lines for people: a title, then labels and what they say, aligned. */
export function explanationText({ title, details, advice }: Explanation, paint: Paint): string {
  const rows: Detail[] = [...details, ...advice.map((text): Detail => ["to do", text])];
  const width = Math.max(0, ...rows.map(([label]) => label.length));
  const lines = rows.map(([label, text], index) => {
    // A label stands once for all that it holds for.
    const shown = rows[index - 1]?.[0] === label ? "" : label;
    return `  ${paint.dim(shown.padEnd(width))}  ${printable(text)}`;
  });
  return `${[paint.bold(title), ...lines].join("\n")}\n`;
}
