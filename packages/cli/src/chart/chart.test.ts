import { describe, expect, it } from "vitest";
import { lengthOf, type Panel, peakOf, roundUp } from "./panel.ts";
import { svgChart } from "./svg.ts";
import { terminalChart } from "./terminal.ts";

const instances: Panel = {
  title: "instances",
  shape: "step",
  points: [
    { at: 0, value: 1 },
    { at: 2, value: 4 },
  ],
};
const nothing: Panel = { title: "nothing", shape: "line", points: [] };

describe("panel", () => {
  it("has a peak and a length, also without points", () => {
    expect(peakOf(instances)).toBe(4);
    expect(peakOf(nothing)).toBe(0);
    expect(lengthOf([nothing, instances])).toBe(2);
    expect(lengthOf([nothing])).toBe(1);
  });

  it.each<[value: number, top: number]>([
    [0, 1],
    [0.3, 0.5],
    [1, 1],
    [37, 50],
    [51, 100],
    [2_000, 2_000],
  ])("rounds the scale of %d up to %d", (value, top) => {
    expect(roundUp(value)).toBeCloseTo(top, 12);
  });
});

describe("terminalChart", () => {
  it("draws the line of its docstring", () => {
    expect(terminalChart([instances], 4)).toBe("instances  ▂▂▂█  0 to 4");
  });

  it("aligns titles, holds values and draws nothing as blank", () => {
    const line: Panel = { title: "p99", shape: "line", points: [...instances.points] };
    expect(terminalChart([line, nothing], 4).split("\n")).toEqual(["p99      ▂▂▂█  0 to 4", "nothing        0 to 0"]);
  });

  it("shows the highest value of a column", () => {
    const points = [5, 1, 10, 2].map((value, at) => ({ at, value }));
    expect(terminalChart([{ title: "x", shape: "line", points }], 2)).toBe("x  ▄█  0 to 10");
  });

  it("draws no panels as nothing", () => {
    expect(terminalChart([])).toBe("");
  });
});

describe("svgChart", () => {
  it("draws counts as steps and others as lines, on scales of their own", () => {
    const line: Panel = {
      title: "p99 (ms)",
      shape: "line",
      points: [
        { at: 0, value: 10 },
        { at: 2, value: 20 },
      ],
    };
    const svg = svgChart("tide", [instances, line]);
    expect(svg).toContain('<path d="M64 160H840V82"');
    expect(svg).toContain("M64 297L840 232");
    expect(svg.match(/<path /g)).toHaveLength(2);
  });

  it("escapes titles", () => {
    const svg = svgChart("a < b & c", [{ ...nothing, title: "<p99>" }]);
    expect(svg).toContain("<title>a &lt; b &amp; c</title>");
    expect(svg).toContain("&lt;p99&gt;");
    expect(svg).not.toContain("<p99>");
  });

  it("marks the time axis", () => {
    const svg = svgChart("t", [{ ...instances, points: [...instances.points, { at: 60, value: 0 }] }]);
    for (const mark of ["0 s", "10 s", "60 s"]) expect(svg).toContain(`>${mark}</text>`);
  });
});
