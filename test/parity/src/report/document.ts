import { losses } from "../compare/losses.ts";
import { normalisations } from "../compare/normalise.ts";
import type { Shape } from "../platform/shape.ts";
import { shapes } from "../platform/shapes.ts";
import type { Row } from "../run/run-table.ts";
import { countCells } from "./text-table.ts";

/** The generated page. */
export const DOCUMENT: URL = new URL("../../../../docs/parity.md", import.meta.url);

const INTRODUCTION = `# Parity

An app behind an adapter is compared with the same app on plain Node: status, reason phrase, headers, body and trailers of
every answer, and the order of the events the app sees, byte for byte, over real sockets. \`pnpm parity\` runs the comparison and
prints the table; this page is written by \`pnpm parity --write\`, and a test fails when it is out of date.

Between client and app stands a simulated platform: it makes of each request the event that platform documents, calls the handler,
and sends what the handler returned as the platform would. To put it between the apps and the clients of any other test suite, of
CommonJS or ES modules, start that suite with the preload; nothing has to be built:

\`\`\`sh
export TIDEGATE_PARITY_SHAPE=aws-http-v2
NODE_OPTIONS="--require /path/to/tidegate/test/parity/preload.cjs" npm test
\`\`\`

\`TIDEGATE_PARITY_SHAPE\` is one of the shapes below; without it, or with \`plain\`, nothing is replaced. Upgrades, \`CONNECT\` and
\`checkContinue\` stay with the server. Tests of the connection itself (pipelining, keep-alive, bytes written to \`req.socket\`, malformed
requests) speak about the front door then, not about the app.

The simulated platforms add no header but those without which their format has no place for the client's address. One thing no event
tells is the scheme: an adapter takes \`x-forwarded-proto\`, which platforms overwrite, for it; the table's clients send it only where the
app trusts its proxy.

## Results

*Equal* means equal to plain Node. *Listed* means different exactly as this page lists: the app behaves as plain Node does with the
request that is left, and the client gets plain Node's answer without what cannot be carried. Nothing else may differ, and
what is listed has to occur.

`;

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]): string => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return `${[cells(heading), cells(heading.map(() => "---")), ...rows.map(cells)].join("\n")}\n`;
}

function resultTable(rows: readonly Row[]): string {
  const lines = shapes.map((shape) => {
    const { equal, listed, differs } = countCells(rows, shape);
    return [shape.title, `\`${shape.name}\``, String(equal), String(listed), String(differs)];
  });
  return table(["Platform", "Shape", "Equal", "Listed", "Differ"], lines);
}

function groupTable(rows: readonly Row[]): string {
  const groups = [...new Set(rows.map(({ group }) => group))];
  const lines = groups.map((group) => {
    const inGroup = rows.filter((row) => row.group === group);
    const { equal, listed, differs } = countCells(inGroup);
    return [group, String(inGroup.length), String(equal), String(listed), String(differs)];
  });
  return table(["Cases", "Number", "Equal", "Listed", "Differ"], lines);
}

/** Longest list of cases that is written out. */
const SHOWN_CASES = 3;

function casesOf(rows: readonly Row[], shape: Shape, loss: string): string {
  const names = rows
    .filter(({ cells }) => {
      const cell = cells.get(shape.name);
      return cell?.verdict === "listed" && cell.losses.includes(loss);
    })
    .map(({ name }) => name.replaceAll("`", "'"));
  const shown = names.slice(0, SHOWN_CASES).map((name) => `\`${name}\``);
  const rest = names.length - shown.length;
  return shown.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

function shapeSection(rows: readonly Row[], shape: Shape): string {
  const own = losses.filter((loss) => loss.shapes.includes(shape.name));
  const lines = own.map(({ name, side, what, why }) => [
    `**${name}** (${side})`,
    what,
    why,
    casesOf(rows, shape, name),
  ]);
  return `### ${shape.title}\n\n${table(["Loss", "What is noticed", "Why it must be", "Seen in"], lines)}`;
}

/** Writes the page. */
export function writeDocument(rows: readonly Row[]): string {
  const rules = normalisations.map(({ name, why }) => [name, why]);
  return [
    INTRODUCTION,
    resultTable(rows),
    "\nThe same by subject:\n\n",
    groupTable(rows),
    "\n## What is not compared\n\n",
    table(["Rule", "Why"], rules),
    "\n## What differs, and why it must\n\n",
    "The examples named are cases of the table: `pnpm parity --case TEXT` shows them.\n\n",
    shapes.map((shape) => shapeSection(rows, shape)).join("\n"),
  ].join("");
}
