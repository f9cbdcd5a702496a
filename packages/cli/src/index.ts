export type { Panel, Point } from "./chart/panel.ts";
export { svgChart } from "./chart/svg.ts";
export { terminalChart } from "./chart/terminal.ts";
export { type CliErrorCode, type CliErrorEntry, cliErrors } from "./errors.ts";
export { type HeededSignal, type Io, type Output, processIo } from "./io.ts";
export { type Cell, formatTable } from "./output/number-table.ts";
export { run } from "./run.ts";
