import type { HistogramValues } from "@tidegate/core";

/** Labels of a series, in the order they are written. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface HistogramSample {
  readonly labels: Labels;
  /** Its times are written in seconds. */
  readonly values: HistogramValues;
}

interface FamilyHead {
  /** Without `_total`, which the text adds to counters. */
  readonly name: string;
  readonly help: string;
  /** Last word of the name, such as `seconds`, where it is a unit. */
  readonly unit?: string;
}

/** Series of one name. */
export type MetricFamily =
  | (FamilyHead & { readonly type: "counter" | "gauge"; readonly samples: readonly Sample[] })
  | (FamilyHead & { readonly type: "histogram"; readonly samples: readonly HistogramSample[] });
