import type { HistogramValues, InstanceStart, TemplateInfo, TemplateState } from "@tidegate/core";
import type { MetricFamily } from "./metric-family.ts";

/** How a function's instances start. */
export interface StartNumbers {
  readonly name: string;
  /** From start to ready, of those that got ready, by how they were started. */
  readonly startTimes: Readonly<Record<InstanceStart, HistogramValues>>;
  readonly template: TemplateInfo;
}

const kinds: readonly InstanceStart[] = ["fork", "process"];
const states: readonly TemplateState[] = ["none", "loading", "parked", "unfit", "dropped"];

/** How instances start, and the templates they are forked from. */
export function templateFamilies(all: readonly StartNumbers[]): MetricFamily[] {
  return [
    {
      type: "histogram",
      name: "tidegate_instance_start_duration_seconds",
      help: "From the start of an instance to ready, by how it was started",
      unit: "seconds",
      samples: all.flatMap(({ name, startTimes }) =>
        kinds.map((start) => ({ labels: { function: name, start }, values: startTimes[start] })),
      ),
    },
    {
      type: "gauge",
      name: "tidegate_templates",
      help: "Templates of the revisions that serve, by state",
      samples: all.flatMap(({ name, template }) =>
        states.map((state) => ({ labels: { function: name, state }, value: Number(template.state === state) })),
      ),
    },
    {
      type: "counter",
      name: "tidegate_template_forks",
      help: "Instances forked from the template of the revision that serves",
      samples: all.map(({ name, template }) => ({ labels: { function: name }, value: template.forks })),
    },
    {
      type: "gauge",
      name: "tidegate_template_memory_bytes",
      help: "Memory that templates keep for themselves",
      unit: "bytes",
      samples: all.map(({ name, template }) => ({ labels: { function: name }, value: template.memoryBytes ?? 0 })),
    },
  ];
}
