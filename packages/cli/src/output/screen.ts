import type { Output } from "../io.ts";
import { fitColumns } from "./status-line.ts";

/** Lines that scroll, and below them one line that is redrawn in place. */
export interface Screen {
  /** Writes a line above the live one. */
  print(line: string): void;
  /** Removes the live line. */
  close(): void;
}

/** The live line is drawn at most this often: four times a second. */
const redrawMs = 250;

const eraseLine = "\r\x1b[2K";

/** How a screen draws its live line. */
export interface LiveLine {
  /** The line's text now, without escape sequences. */
  readonly text: () => string;
  readonly paint: (text: string) => string;
}

/**
 * Makes a screen.
 *
 * @param output where it writes
 * @param live its live line; null for none, when nobody watches a terminal
 */
export function createScreen(output: Output, live: LiveLine | null): Screen {
  let drawn = "";
  const draw = (): void => {
    if (live === null) return;
    const text = fitColumns(live.text(), columnsOf(output) - 1);
    if (text === drawn) return;
    output.write(`${eraseLine}${live.paint(text)}`);
    drawn = text;
  };
  const timer = live === null ? null : setInterval(draw, redrawMs);
  timer?.unref();
  return {
    print: (line) => {
      // One write, so that nothing flickers; the live line stays as it was until its next turn.
      const again = drawn === "" || live === null ? "" : live.paint(drawn);
      output.write(`${drawn === "" ? "" : eraseLine}${line}\n${again}`);
    },
    close: () => {
      if (timer !== null) clearInterval(timer);
      if (drawn !== "") output.write(eraseLine);
      drawn = "";
    },
  };
}

/** A terminal that does not tell its width says 0. */
function columnsOf({ columns = 0 }: Output): number {
  return columns > 0 ? columns : 80;
}
