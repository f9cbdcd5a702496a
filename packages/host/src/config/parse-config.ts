import { dirname, resolve } from "node:path";
import { TidegateError } from "@tidegate/core";
import { type Document, LineCounter, parseDocument, visit } from "yaml";
import type { HostOptions } from "../host-options.ts";
import { checkFunctions } from "./check-functions.ts";
import { formatPath, problemsOf } from "./config-problem.ts";
import { locate } from "./locate.ts";
import { configSchema } from "./schema/config-schema.ts";
import { syntaxErrorOffset } from "./syntax-error.ts";
import { toHostOptions } from "./to-host-options.ts";

interface PlacedProblem {
  readonly line: number;
  readonly column: number;
  /** Path of the field and a colon; empty for the file as a whole. */
  readonly field: string;
  readonly message: string;
}

/**
 * Reads the text of a `tidegate.yaml`.
 *
 * @param text the file's text
 * @param file absolute path of the file; paths in it are relative to its folder
 * @param shownAs the file's name in messages
 * @returns options of a host
 * @throws TIDEGATE_CONFIG_INVALID with every problem on a line of its own, each with file, line, column and field
 */
export function parseConfig(text: string, file: string, shownAs: string): HostOptions {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, merge: true });
  const broken = [...document.errors, ...document.warnings].map((error): PlacedProblem => {
    const { line, col } = lineCounter.linePos(syntaxErrorOffset(error, document));
    return { line, column: col, field: "", message: error.message };
  });
  if (broken.length > 0) throw invalid(broken, shownAs);
  const data = dataOf(document, lineCounter, shownAs);
  const result = configSchema.safeParse(data);
  const issues = result.success ? [] : problemsOf(result.error.issues, data);
  const problems = [...issues, ...checkFunctions(data)].map(({ path, part, message }): PlacedProblem => {
    const field = path.length === 0 ? "" : `${formatPath(path)}: `;
    return { ...locate(document, lineCounter, path, part), field, message };
  });
  if (!result.success || problems.length > 0) throw invalid(problems, shownAs);
  return toHostOptions(result.data, resolve(dirname(file)));
}

/** Aliases are only followed now, so an unknown anchor, or a bomb of nested ones, shows itself here. */
function dataOf(document: Document, lineCounter: LineCounter, shownAs: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    let offset = 0;
    visit(document, {
      Alias: (_, alias) => {
        if (alias.resolve(document) !== undefined) return undefined;
        offset = alias.range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
    const { line, col } = lineCounter.linePos(offset);
    const message = cause instanceof Error ? cause.message : String(cause);
    throw invalid([{ line, column: col, field: "", message }], shownAs, cause);
  }
}

function invalid(problems: PlacedProblem[], shownAs: string, cause?: unknown): TidegateError {
  const lines = problems
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, field, message }) => `  ${shownAs}:${line}:${column} ${field}${message}`);
  return new TidegateError("TIDEGATE_CONFIG_INVALID", `Cannot use the configuration:\n${lines.join("\n")}`, { cause });
}
