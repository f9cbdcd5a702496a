import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { codeFrame, firstOwnPlace } from "./code-frame.ts";

/**
 * Explains why an instance could not start by what it wrote: the error, and the line of source it came from.
 *
 * @param output what the instance wrote to its standard error
 * @param root the app's folder, absolute
 * @param cwd folder that paths are shown relative to, absolute
 * @returns lines to print; none when the instance did not say
 */
export function explainLoadFailure(output: readonly string[], root: string, cwd: string): string[] {
  const thrown = output.find((line) => thrownPattern.test(line))?.trim();
  const head = thrown === undefined ? [] : [thrown];
  const place = firstOwnPlace(output, root);
  if (place === null) return head;
  const path = relative(cwd, place.file);
  const position = [path.startsWith("..") ? place.file : path, place.line, place.column].filter(
    (part) => part !== null,
  );
  return [...head, `  at ${position.join(":")}`, ...codeFrame(readSource(place.file), place)];
}

/** The line of an uncaught error that names it, such as `TypeError: x is not a function`. */
const thrownPattern = /^\s*(Uncaught )?([\w.]+)?(Error|Exception)\b( \[\w+\])?(:|$)/;

function readSource(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
