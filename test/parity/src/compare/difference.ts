/** Longest line that is shown whole. */
const SHOWN_LENGTH = 160;
/** What is shown around the first character that differs. */
const BEFORE_LENGTH = 60;

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** Cuts the piece out of a long line where it begins to differ from its counterpart. */
function shorten(line: string, others: readonly string[]): string {
  if (line.length <= SHOWN_LENGTH) return line;
  const start = Math.max(0, Math.max(0, ...others.map((other) => commonLength(line, other))) - BEFORE_LENGTH);
  const piece = line.slice(start, start + SHOWN_LENGTH);
  const label = /^(?:\[\d+\] )?\w+: /.exec(line)?.[0] ?? "";
  return `${start > 0 ? `${label}...` : ""}${piece}${start + SHOWN_LENGTH < line.length ? "..." : ""}`;
}

/** Lines only one side has, marked `-` and `+`; all lines where only their order differs. */
export function difference(expected: readonly string[], actual: readonly string[]): string[] {
  let missing = expected.filter((line) => !actual.includes(line));
  let extra = actual.filter((line) => !expected.includes(line));
  if (missing.length + extra.length === 0) [missing, extra] = [[...expected], [...actual]];
  return [...missing.map((line) => `- ${shorten(line, extra)}`), ...extra.map((line) => `+ ${shorten(line, missing)}`)];
}
