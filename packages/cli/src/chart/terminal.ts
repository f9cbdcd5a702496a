import { formatCell } from "../output/number-table.ts";
import { lengthOf, type Panel, peakOf } from "./panel.ts";

const blocks = " ▁▂▃▄▅▆▇█";

/**
 * Draws each panel as one line of block characters, time from left to right; a column shows the highest value of its
 * span, or the last one before when there is none in it.
 *
 * @param width columns of the line. Default 60
 *
 * @example
 * terminalChart([{ title: "instances", shape: "step", points: [{ at: 0, value: 1 }, { at: 2, value: 4 }] }], 4);
 * // instances  ▂▂▂█  0 to 4
 */
export function terminalChart(panels: readonly Panel[], width = 60): string {
  const length = lengthOf(panels);
  const titleWidth = Math.max(0, ...panels.map(({ title }) => title.length));
  return panels
    .map((panel) => {
      const peak = peakOf(panel);
      const line = columnsOf(panel, length, width).map((value) => block(value, peak));
      return `${panel.title.padEnd(titleWidth)}  ${line.join("")}  0 to ${formatCell(peak)}`;
    })
    .join("\n");
}

function columnsOf(panel: Panel, length: number, width: number): number[] {
  const columns: (number | undefined)[] = Array.from({ length: width });
  for (const { at, value } of panel.points) {
    const column = Math.min(width - 1, Math.floor((at / length) * width));
    columns[column] = Math.max(columns[column] ?? 0, value);
  }
  let last = 0;
  return columns.map((value) => {
    last = value ?? last;
    return last;
  });
}

/** Anything above 0 shows: the lowest block. */
function block(value: number, peak: number): string {
  if (value <= 0 || peak <= 0) return " ";
  return blocks[Math.max(1, Math.round((value / peak) * (blocks.length - 1)))] ?? " ";
}
