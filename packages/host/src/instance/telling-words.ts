/** Lines that are quoted where no error is among them. */
const quotedLines = 8;

const errorMessage = /^(Uncaught )?\w*(Error|Exception)\b/;
/** Frames of Node itself, most of them of its module loader, say nothing about an app; the last one may open the error's fields. */
const internalFrame = /^\s+at .*\bnode:internal\/.*[^{]$/;

/**
 * Chooses what is quoted of an instance's last lines: the newest ones, and more where the message of the error that ended it
 * would be cut off otherwise.
 * @param words oldest first
 */
export function tellingWords(words: readonly string[]): readonly string[] {
  const lines = words.filter((line) => !internalFrame.test(line));
  const newest = Math.max(0, lines.length - quotedLines);
  const message = lines.findLastIndex((line) => errorMessage.test(line));
  return lines.slice(message === -1 ? newest : Math.min(newest, message));
}
