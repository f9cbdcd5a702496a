/** Escape sequences that only change colours and weight (SGR), and those that do anything else. */
const controls: RegExp =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  /\x1b\[([0-9;:]*)m|\x1b\[[0-9;:?<=>]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|[\x00-\x08\x0b-\x1f\x7f]/g;

/**
 * Makes a line that a program wrote safe to print above a live line: colours stay, and end with the line; moving the
 * cursor, clearing the screen, setting the title and the like goes.
 */
export function printable(line: string): string {
  let isColoured = false;
  const text = line.replace(controls, (sequence, colour: string | undefined) => {
    if (colour === undefined) return "";
    isColoured = true;
    return sequence;
  });
  return isColoured ? `${text}\x1b[0m` : text;
}
