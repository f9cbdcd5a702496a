import { fileURLToPath } from "node:url";

/** A place in a source file; line and column count from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  /** Null where only the line is known. */
  readonly column: number | null;
}

/** `at f (/app/a.js:3:7)`, `at file:///app/a.js:3:7`, and the head of a syntax error, `/app/a.js:3`. */
const framePattern = /(?:^|[\s(])((?:file:\/\/)?\/[^\s():]+):(\d+)(?::(\d+))?(?=\)?$)/;
/** `File "/app/a.py", line 3`. */
const pythonPattern = /^\s*File "([^"]+)", line (\d+)/;

/**
 * Finds where in the app's own code an error came from.
 *
 * @param lines what the program wrote: a message and a stack
 * @param root the app's folder, absolute
 * @returns the first place within `root` and outside `node_modules`, with a column if any line gives one; null when there is none
 */
export function firstOwnPlace(lines: readonly string[], root: string): SourcePlace | null {
  const places = lines.map(placeIn).filter((place) => place !== null && isOwn(place.file, root));
  const first = places[0];
  if (first == null) return null;
  return (
    places.find((place) => place?.file === first.file && place.line === first.line && place.column !== null) ?? first
  );
}

/**
 * Shows a place in its source, with two lines around it and a caret.
 *
 * @param source the file's text
 * @param place the place in it
 * @returns lines; empty when the file has no such line
 */
export function codeFrame(source: string, { line, column }: Pick<SourcePlace, "line" | "column">): string[] {
  const lines = source.split(/\r?\n/);
  if (line > lines.length) return [];
  const from = Math.max(1, line - 2);
  const to = Math.min(lines.length, line + 2);
  const width = String(to).length;
  return lines.slice(from - 1, to).flatMap((text, index) => {
    const number = from + index;
    const shown = `${number === line ? ">" : " "} ${String(number).padStart(width)} | ${text}`.trimEnd();
    if (number !== line || column === null) return [shown];
    // Tabs stay tabs, so that the caret stands where the terminal puts the character.
    const indent = text.slice(0, column - 1).replace(/[^\t]/g, " ");
    return [shown, `  ${" ".repeat(width)} | ${indent}^`];
  });
}

function placeIn(text: string): SourcePlace | null {
  const python = pythonPattern.exec(text);
  if (python !== null) return { file: python[1] ?? "", line: Number(python[2]), column: null };
  const match = framePattern.exec(text);
  if (match === null) return null;
  const [, name = "", line, column] = match;
  const file = name.startsWith("file:") ? fileURLToPath(name) : name;
  return { file, line: Number(line), column: column === undefined ? null : Number(column) };
}

function isOwn(file: string, root: string): boolean {
  return file.startsWith(root.endsWith("/") ? root : `${root}/`) && !file.includes("/node_modules/");
}
