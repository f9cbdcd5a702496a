/** A sample of a metrics text. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly unit: string | null;
  readonly samples: ParsedSample[];
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const labelPair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/;
const numberText = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]Inf|NaN)$/;

/**
 * Reads a metrics text as the formats' documents define them (Prometheus' exposition formats 0.0.4, OpenMetrics 1.0), and
 * throws for whatever they forbid; stricter than any scraper. For tests.
 */
export function parseMetrics(text: string, isOpen: boolean): Map<string, ParsedFamily> {
  if (!text.endsWith("\n")) throw new Error("The last line has no end");
  const lines = text.slice(0, -1).split("\n");
  if (isOpen && lines.pop() !== "# EOF") throw new Error("There is no EOF at the end");
  const families = new Map<string, ParsedFamily>();
  const seen = new Set<string>();
  let head: { name: string; help?: string; type?: string; unit?: string } | null = null;
  let family: ParsedFamily | null = null;
  for (const line of lines) {
    const meta = /^# (HELP|TYPE|UNIT) (\S+) (.+)$/.exec(line);
    if (meta !== null) {
      const [, kind = "", name = "", value = ""] = meta;
      if (family !== null || head === null || head.name !== name) {
        if (kind !== "HELP") throw new Error(`No HELP before: ${line}`);
        if (families.has(name)) throw new Error(`Twice: ${line}`);
        head = { name };
        family = null;
      }
      const key = kind.toLowerCase() as "help" | "type" | "unit";
      if (head[key] !== undefined) throw new Error(`Twice: ${line}`);
      if (kind === "UNIT" && (!isOpen || !name.endsWith(`_${value}`))) throw new Error(`No such unit: ${line}`);
      if (kind === "HELP" && !/^(?:[^\\]|\\[\\n"])*$/.test(value)) throw new Error(`Bad escape: ${line}`);
      head[key] = value;
      continue;
    }
    if (head?.help === undefined || head.type === undefined) throw new Error(`Not described: ${line}`);
    family ??= { name: head.name, help: head.help, type: head.type, unit: head.unit ?? null, samples: [] };
    families.set(family.name, family);
    const sample = parseSample(line);
    const series = `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (seen.has(series)) throw new Error(`Twice: ${line}`);
    seen.add(series);
    family.samples.push(sample);
  }
  if (head !== null && family === null) throw new Error(`No sample of ${head.name}`);
  for (const each of families.values()) checkFamily(each, isOpen);
  return families;
}

function parseSample(line: string): ParsedSample {
  const [, name, labelText = "", value = ""] = sampleLine.exec(line) ?? [];
  if (name === undefined || !numberText.test(value)) throw new Error(`Not a sample: ${line}`);
  const labels: Record<string, string> = {};
  for (let rest = labelText; rest !== ""; ) {
    const [pair, label = "", text = ""] = labelPair.exec(rest) ?? [];
    if (pair === undefined || Object.hasOwn(labels, label)) throw new Error(`Bad labels: ${line}`);
    labels[label] = text.replace(/\\(.)/g, (_, char) => (char === "n" ? "\n" : char));
    rest = rest.slice(pair.length);
  }
  return { name, labels, value: value.endsWith("Inf") ? Number(value.replace("Inf", "Infinity")) : Number(value) };
}

function checkFamily({ name, type, samples }: ParsedFamily, isOpen: boolean): void {
  const names = new Set(samples.map((sample) => sample.name));
  const expected = {
    counter: [isOpen ? `${name}_total` : name],
    gauge: [name],
    histogram: [`${name}_bucket`, `${name}_sum`, `${name}_count`],
  }[type];
  if (expected === undefined) throw new Error(`Unknown type of ${name}: ${type}`);
  if ([...names].sort().join() !== expected.toSorted().join()) throw new Error(`Wrong names in ${name}: ${[...names]}`);
  if (type === "counter" && !(expected[0] ?? "").endsWith("_total")) throw new Error(`No total: ${name}`);
  if (type !== "gauge" && samples.some(({ value }) => !(value >= 0))) throw new Error(`Below 0: ${name}`);
  if (type === "histogram") checkHistogram(name, samples, isOpen);
}

function checkHistogram(name: string, samples: readonly ParsedSample[], isOpen: boolean): void {
  const of = (suffix: string) => samples.filter((sample) => sample.name === name + suffix);
  for (const { labels, value: count } of of("_count")) {
    const key = JSON.stringify(labels);
    const buckets = of("_bucket").filter(({ labels: { le: _, ...others } }) => JSON.stringify(others) === key);
    const bounds = buckets.map(({ labels: { le = "" } }) => (le === "+Inf" ? Infinity : Number(le)));
    if (bounds.at(-1) !== Infinity || buckets.at(-1)?.value !== count) throw new Error(`Wrong end of ${name}${key}`);
    for (const [index, bound] of bounds.entries()) {
      if (index === 0) continue;
      if (!(bound > (bounds[index - 1] ?? 0))) throw new Error(`Bounds fall in ${name}${key}`);
      if ((buckets[index]?.value ?? 0) < (buckets[index - 1]?.value ?? 0)) throw new Error(`Counts fall in ${name}`);
    }
    if (isOpen && buckets.some(({ labels: { le = "" } }) => !/\.|e|Inf/.test(le))) throw new Error(`No float: ${name}`);
    if (of("_sum").filter((sum) => JSON.stringify(sum.labels) === key).length !== 1) throw new Error(`No sum: ${name}`);
  }
}
