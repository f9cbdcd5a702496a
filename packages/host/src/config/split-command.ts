/**
 * Splits a command line into program and arguments: words stand between spaces, quotes keep spaces in a word.
 * No shell runs, so whatever only a shell understands is refused.
 *
 * @param line the command line
 * @returns the words; null when there are none, a quote is left open, or a shell would be needed
 *
 * @example
 * splitCommand('python3 app.py --title "My shop"'); // ["python3", "app.py", "--title", "My shop"]
 */
export function splitCommand(line: string): readonly [string, ...string[]] | null {
  const words: string[] = [];
  const pieces = /\s*(?:((?:"[^"]*"|'[^']*'|[^\s"'$`|&;<>()*?~\\])+)(?=\s|$))/y;
  const text = line.trim();
  while (pieces.lastIndex < text.length) {
    const match = pieces.exec(text);
    if (match?.[1] === undefined) return null;
    words.push(match[1].replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
  }
  const [program, ...args] = words;
  return program === undefined || program === "" ? null : [program, ...args];
}
