import { Histogram } from "@tidegate/core";
import { describe, expect, it } from "vitest";
import type { MetricFamily } from "./metric-family.ts";
import { formatFor, metricsText } from "./metrics-text.ts";
import { parseMetrics } from "./parse-metrics.ts";

const waits = new Histogram([1, 1_000]);
for (const ms of [0.5, 20, 5_000]) waits.record(ms);

const families: MetricFamily[] = [
  {
    type: "counter",
    name: "shop_sales",
    help: 'Sales, by "kind"\\region',
    samples: [
      { labels: { kind: "tea" }, value: 3 },
      { labels: { kind: 'a "b" \\ c\nd' }, value: 0.5 },
    ],
  },
  { type: "gauge", name: "shop_open", help: "Whether it is open", samples: [{ labels: {}, value: Infinity }] },
  { type: "gauge", name: "shop_gone", help: "Has no series now", samples: [] },
  {
    type: "histogram",
    name: "shop_wait_seconds",
    help: "Waits",
    unit: "seconds",
    samples: [{ labels: { shop: "a" }, values: waits }],
  },
];

describe("metricsText", () => {
  it("writes the text format of Prometheus", () => {
    expect(metricsText(families, "prometheus")).toBe(
      [
        '# HELP shop_sales_total Sales, by "kind"\\\\region',
        "# TYPE shop_sales_total counter",
        'shop_sales_total{kind="tea"} 3',
        'shop_sales_total{kind="a \\"b\\" \\\\ c\\nd"} 0.5',
        "# HELP shop_open Whether it is open",
        "# TYPE shop_open gauge",
        "shop_open +Inf",
        "# HELP shop_wait_seconds Waits",
        "# TYPE shop_wait_seconds histogram",
        'shop_wait_seconds_bucket{shop="a",le="0.001"} 1',
        'shop_wait_seconds_bucket{shop="a",le="1"} 2',
        'shop_wait_seconds_bucket{shop="a",le="+Inf"} 3',
        'shop_wait_seconds_sum{shop="a"} 5.0205',
        'shop_wait_seconds_count{shop="a"} 3',
        "",
      ].join("\n"),
    );
  });

  it("writes OpenMetrics: names without _total, units, bounds as floats, an end", () => {
    const text = metricsText(families, "openmetrics");
    expect(text).toContain('# HELP shop_sales Sales, by \\"kind\\"\\\\region\n# TYPE shop_sales counter\n');
    expect(text).toContain("# UNIT shop_wait_seconds seconds\n");
    expect(text).toContain('le="1.0"} 2\n');
    expect(text.endsWith("\n# EOF\n")).toBe(true);
  });

  it.each([false, true])("is read back the same by a strict reader (OpenMetrics: %s)", (isOpen) => {
    const parsed = parseMetrics(metricsText(families, isOpen ? "openmetrics" : "prometheus"), isOpen);
    const sales = parsed.get(isOpen ? "shop_sales" : "shop_sales_total");
    expect(sales?.samples.map(({ labels, value }) => [labels.kind, value])).toEqual([
      ["tea", 3],
      ['a "b" \\ c\nd', 0.5],
    ]);
    expect(parsed.has("shop_gone")).toBe(false);
  });

  it("writes nothing as nothing, or as its end alone", () => {
    expect(metricsText([], "prometheus")).toBe("");
    expect(metricsText([], "openmetrics")).toBe("# EOF\n");
  });
});

it.each<[accept: string, format: string]>([
  ["", "prometheus"],
  ["*/*", "prometheus"],
  ["text/plain", "prometheus"],
  ["text/html, application/xhtml+xml;q=0.9, */*;q=0.8", "prometheus"],
  ["application/openmetrics-text", "openmetrics"],
  ["Application/OpenMetrics-Text; version=1.0.0", "openmetrics"],
  [
    "application/openmetrics-text;version=1.0.0;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.2",
    "openmetrics",
  ],
  ["application/openmetrics-text;q=0.3,text/plain;q=0.9", "prometheus"],
  ["application/openmetrics-text;q=0", "prometheus"],
  ["application/openmetrics-text;q=nonsense", "prometheus"],
])("formatFor answers %j with %s", (accept, format) => {
  expect(formatFor(accept)).toBe(format);
});
