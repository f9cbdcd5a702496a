import type { HistogramSample, Labels, MetricFamily, Sample } from "./metric-family.ts";

/** The text format of Prometheus, version 0.0.4, or OpenMetrics, version 1.0. */
export type MetricsFormat = "prometheus" | "openmetrics";

export const contentTypes: Readonly<Record<MetricsFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/**
 * Chooses the format by a request's `Accept`: OpenMetrics where that names it and does not like plain text better, as
 * Prometheus itself does; else the text format, which everything reads.
 */
export function formatFor(accept: string): MetricsFormat {
  const open = qualityOf(accept, /^application\/openmetrics-text$/);
  return open > 0 && open >= qualityOf(accept, /^text\/(?:plain|\*)$/) ? "openmetrics" : "prometheus";
}

function qualityOf(accept: string, type: RegExp): number {
  const qualities = accept
    .toLowerCase()
    .split(",")
    .map((range) => range.split(";").map((part) => part.trim()))
    .filter(([name = ""]) => type.test(name))
    .map(([, ...parameters]) => Number(parameters.find((each) => each.startsWith("q="))?.slice(2) ?? 1));
  return Math.max(0, ...qualities.filter((quality) => quality <= 1));
}

/**
 * Writes metrics as text. The two formats differ in the names that head counters, in units, in how bounds are written,
 * and in the end.
 */
export function metricsText(families: Iterable<MetricFamily>, format: MetricsFormat): string {
  let text = "";
  for (const family of families) if (family.samples.length > 0) text += familyText(family, format);
  return format === "openmetrics" ? `${text}# EOF\n` : text;
}

function familyText(family: MetricFamily, format: MetricsFormat): string {
  const isOpen = format === "openmetrics";
  const total = family.type === "counter" ? "_total" : "";
  const name = isOpen ? family.name : family.name + total;
  let text = `# HELP ${name} ${escapeHelp(family.help, isOpen)}\n# TYPE ${name} ${family.type}\n`;
  if (isOpen && family.unit !== undefined) text += `# UNIT ${name} ${family.unit}\n`;
  if (family.type === "histogram") for (const sample of family.samples) text += histogramText(name, sample, isOpen);
  else for (const sample of family.samples) text += sampleText(family.name + total, sample);
  return text;
}

function sampleText(name: string, { labels, value }: Sample): string {
  return `${name}${labelText(labels)} ${numberText(value)}\n`;
}

function histogramText(name: string, { labels, values }: HistogramSample, isOpen: boolean): string {
  let text = "";
  let count = 0;
  for (const [bucket, inBucket] of values.counts.entries()) {
    count += inBucket;
    const le = boundText(values.boundsMs[bucket] ?? Number.POSITIVE_INFINITY, isOpen);
    text += `${name}_bucket${labelText({ ...labels, le })} ${count}\n`;
  }
  const plain = labelText(labels);
  return `${text}${name}_sum${plain} ${numberText(values.sumMs / 1000)}\n${name}_count${plain} ${count}\n`;
}

/** In seconds; OpenMetrics wants bounds to look like floats, so that one bound has one text everywhere. */
function boundText(ms: number, isOpen: boolean): string {
  const text = numberText(Number((ms / 1000).toPrecision(12)));
  return isOpen && /^\d+$/.test(text) ? `${text}.0` : text;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

/** Quotes are escaped in OpenMetrics only. */
function escapeHelp(text: string, isOpen: boolean): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return isOpen ? escaped.replaceAll('"', '\\"') : escaped;
}
