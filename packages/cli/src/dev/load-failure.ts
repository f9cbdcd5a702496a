import { readFile } from "node:fs/promises";
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
export async function explainLoadFailure(output: readonly string[], root: string, cwd: string): Promise<string[]> {
  const thrown = output.find((line) => thrownPattern.test(line))?.trim();
  const head = thrown === undefined ? [] : [thrown];
  const place = firstOwnPlace(output, root);
  if (place === null) return head;
  const source = await readFile(place.file, "utf8").catch(() => "");
  const path = relative(cwd, place.file);
  const position = [path.startsWith("..") ? place.file : path, place.line, place.column].filter(
    (part) => part !== null,
  );
  return [...head, `  at ${position.join(":")}`, ...codeFrame(source, place)];
}

/** The line of an uncaught error that names it, such as `TypeError: x is not a function`. */
const thrownPattern = /^\s*(Uncaught )?([\w.]+)?(Error|Exception)\b( \[\w+\])?(:|$)/;
