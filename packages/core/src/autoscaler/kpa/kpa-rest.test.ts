import { expect, it } from "vitest";
import { type AutoscalerConfig, autoscalerDefaults } from "../config.ts";
import { simulate } from "../simulate.ts";

const config: AutoscalerConfig = { ...autoscalerDefaults, concurrency: 1, policy: "kpa" };
const steady = Array.from({ length: 60 }, (_, second) => ({ at: second * 1_000, serviceMs: 200 }));

it.each<[name: string, change: Partial<AutoscalerConfig>, kept: number]>([
  ["at none", {}, 0],
  ["at a minimum that averages never fall below", { minInstances: 3 }, 3],
  ["at the last one, where that is kept for ever", { idleTimeoutMs: Infinity }, 1],
])("kpa comes to rest %s when traffic ends", (_name, change, kept) => {
  let decisions = 0;
  const onDecision = () => {
    decisions += 1;
    if (decisions > 10_000) throw new Error("It never rests");
  };
  const { series } = simulate({ ...config, ...change }, steady, { onDecision });
  expect(series.at(-1)).toMatchObject({ ready: kept, inFlight: 0 });
});
