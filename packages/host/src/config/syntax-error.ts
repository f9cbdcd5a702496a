import { type Document, isCollection, isScalar, visit, type YAMLError } from "yaml";

/** What the parser says of brackets, braces and quotes that are never closed. */
const unclosed = /^Missing closing|end with a [\]}]$/;

/**
 * Finds where a syntax error is best shown: for what is never closed, where it was opened. The parser notices that only
 * on a later line, or at the end of the file.
 *
 * @returns offset in the file's text
 */
export function syntaxErrorOffset(error: YAMLError, document: Document): number {
  const [noticedAt] = error.pos;
  if (!unclosed.test(error.message)) return noticedAt;
  let openedAt: number | null = null;
  visit(document, {
    Node: (_, node) => {
      const isQuoted = isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE");
      const start = isQuoted || (isCollection(node) && node.flow === true) ? (node.range?.[0] ?? null) : null;
      // The last one opened is the one that the parser missed the end of.
      if (start !== null && start < noticedAt && (node.range?.[1] ?? 0) >= noticedAt) openedAt = start;
    },
  });
  return openedAt ?? noticedAt;
}
