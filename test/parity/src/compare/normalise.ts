import { createHash } from "node:crypto";
import type { Answer } from "../client/answer.ts";
import type { HeaderLine } from "../platform/received-request.ts";
import type { CaseRun } from "../run/run-case.ts";

/** A difference that is none: not compared, for the reason given. */
export interface Normalisation {
  readonly name: string;
  readonly why: string;
  readonly headers?: (lines: readonly HeaderLine[]) => HeaderLine[];
  /** Changes a body, given as latin1. */
  readonly body?: (text: string) => string;
}

const CONNECTION_HEADERS: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** Every normalisation there is; they concern answers only. */
export const normalisations: readonly Normalisation[] = [
  {
    name: "`Connection`, `Keep-Alive` and `Transfer-Encoding` are left out",
    why: "They speak about one connection (RFC 9110, 7.6.1), and the client's is the platform's.",
    headers: (lines) => lines.filter(([name]) => !CONNECTION_HEADERS.has(name.toLowerCase())),
  },
  {
    name: "the value of `Date` is left out",
    why: "It is the time of the run.",
    headers: (lines) => lines.map(([name, value]) => [name, name.toLowerCase() === "date" ? "(now)" : value]),
  },
  {
    name: "header names are compared in lower case",
    why: "Names ignore case (RFC 9110, 5.1). The web's `Headers` are in lower case, and formats without a list for cookies carry a second `Set-Cookie` under another spelling.",
    headers: (lines) => lines.map(([name, value]) => [name.toLowerCase(), value]),
  },
  {
    name: "the order of headers of different names is ignored",
    why: "It has no meaning (RFC 9110, 5.3). The web's `Headers` are sorted, and most formats have cookies elsewhere. The order of values of one name is compared.",
    headers: (lines) => lines.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  },
  {
    name: "request id and size in an error of the adapter are left out",
    why: "They are the platform's, and the size is that of the platform's JSON.",
    body: (text) => {
      if (!text.startsWith('{"error":{"code":"TIDEGATE_')) return text;
      return text.replace(/\d+ bytes/, "(n) bytes").replace(/,"requestId":"[^"]*"/, "");
    },
  },
];

function headerText(lines: readonly HeaderLine[]): string[] {
  let normal = [...lines];
  for (const { headers } of normalisations) normal = headers?.(normal) ?? normal;
  return normal.map(([name, value]) => `${name}: ${value}`);
}

/** Longest body that is kept as text; of longer ones the beginning and a sum are. */
const KEPT_BYTES = 64 * 1024;

function bodyText(body: Buffer): string {
  if (body.length <= KEPT_BYTES) {
    let text = body.toString("latin1");
    for (const normalisation of normalisations) text = normalisation.body?.(text) ?? text;
    return JSON.stringify(text);
  }
  const sum = createHash("sha256").update(body).digest("hex");
  return `${JSON.stringify(body.toString("latin1", 0, 64))}... ${body.length} bytes, SHA-256 ${sum}`;
}

function answerLines(answer: Answer, index: number): string[] {
  const lines = [
    ...answer.informational.map((text) => `before: ${text.replaceAll("\n", " | ")}`),
    `status: ${answer.status} ${answer.reason}`,
    ...headerText(answer.headers),
    `body: ${bodyText(answer.body)}`,
    ...answer.trailers.map(([name, value]) => `trailer ${name}: ${value}`),
    ...(answer.isCut ? ["broken off"] : []),
  ];
  return lines.map((line) => `[${index + 1}] ${line}`);
}

/** Writes answers and recorded lines as lines of text: two runs are equal if these are. */
export function runLines(answers: readonly Answer[], records: CaseRun["records"]): string[] {
  return [...answers.flatMap(answerLines), ...records.map((line) => `recorded: ${line}`)];
}
