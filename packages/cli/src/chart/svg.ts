import { formatCell } from "../output/number-table.ts";
import { lengthOf, type Panel, type Point, peakOf, roundUp } from "./panel.ts";

/** Lengths in pixels of the drawing; SVG scales. */
const layout = { width: 860, panelHeight: 130, gap: 46, left: 64, right: 20, top: 56, bottom: 36 } as const;
const plotWidth: number = layout.width - layout.left - layout.right;
const colours = ["#1f6feb", "#bf5700", "#8250df", "#1a7f37"] as const;

/**
 * Draws panels one below the other over a shared time axis, as a complete SVG document on white.
 *
 * @param title heading, and the drawing's accessible name
 *
 * @example
 * svgChart("tide", [{ title: "instances", shape: "step", points: [{ at: 0, value: 0 }, { at: 5, value: 4 }] }]);
 */
export function svgChart(title: string, panels: readonly Panel[]): string {
  const length = lengthOf(panels);
  const rowHeight = layout.panelHeight + layout.gap;
  const height = layout.top + panels.length * rowHeight - layout.gap + layout.bottom;
  const body = panels.map((panel, index) => {
    const colour = colours[index % colours.length] ?? colours[0];
    return drawPanel(panel, layout.top + index * rowHeight, length, colour);
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${layout.width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="#24292f">`,
    `<title>${escapeText(title)}</title>`,
    `<rect width="${layout.width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${layout.left}" y="24" font-size="16" font-weight="600">${escapeText(title)}</text>`,
    ...body,
    ...timeAxis(length, height - layout.bottom),
    "</svg>",
  ].join("\n")}\n`;
}

function drawPanel(panel: Panel, top: number, length: number, colour: string): string {
  const most = roundUp(peakOf(panel));
  const bottom = top + layout.panelHeight;
  const levels = [0, most / 2, most].map((value) => {
    const y = bottom - (value / most) * layout.panelHeight;
    return [
      `<line x1="${layout.left}" x2="${layout.left + plotWidth}" y1="${y}" y2="${y}" stroke="#d8dee4"/>`,
      `<text x="${layout.left - 8}" y="${y + 4}" text-anchor="end">${formatCell(value)}</text>`,
    ].join("");
  });
  return [
    `<text x="${layout.left}" y="${top - 8}" font-weight="600">${escapeText(panel.title)}</text>`,
    ...levels,
    `<path d="${pathOf(panel, length, most, bottom)}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`,
  ].join("\n");
}

function pathOf({ points, shape }: Panel, length: number, most: number, bottom: number): string {
  const x = ({ at }: Point) => tenth(layout.left + (at / length) * plotWidth);
  const y = ({ value }: Point) => tenth(bottom - (value / most) * layout.panelHeight);
  return points
    .map((point, index) => {
      if (index === 0) return `M${x(point)} ${y(point)}`;
      return shape === "step" ? `H${x(point)}V${y(point)}` : `L${x(point)} ${y(point)}`;
    })
    .join("");
}

function timeAxis(length: number, y: number): string[] {
  const step = roundUp(length / 8);
  const count = Math.floor(length / step);
  return Array.from({ length: count + 1 }, (_, index) => {
    const x = tenth(layout.left + ((index * step) / length) * plotWidth);
    return `<text x="${x}" y="${y + 20}" text-anchor="middle">${formatCell(index * step)} s</text>`;
  });
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
