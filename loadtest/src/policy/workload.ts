import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type AutoscalerConfig,
  autoscalerDefaults,
  createRandom,
  createShape,
  createTraffic,
  type PolicyName,
  type ShapeName,
  type SimulatedInvocation,
  shapes,
  TraceReader,
  traceInvocations,
} from "@tidegate/core";

/** Traffic of one or more functions, that policies are compared on. */
export interface Workload {
  /** In keys of ratios. */
  readonly name: string;
  /** The functions' invocations; what is generated differs by seed. */
  functions(seed: number): Iterable<Iterable<SimulatedInvocation>>;
  /** The same for both policies. */
  configOf(policy: PolicyName): AutoscalerConfig;
  /** Whether it is the same with every seed. */
  readonly isFixed: boolean;
}

/** A web app: several requests at a time in one instance, and room to grow. */
const webApp = { ...autoscalerDefaults, concurrency: 10, maxInstances: 100 };
/** Where the trace was made one instance had one invocation at a time. */
const traced = { ...autoscalerDefaults, concurrency: 1, maxInstances: 100 };
/** Few enough instances for a small machine. */
const live = { ...autoscalerDefaults, concurrency: 4, maxInstances: 12 };

const traceFile: string = fileURLToPath(new URL("../../traces/azure-2021-200.csv", import.meta.url));

/** The four shapes and the trace. */
export async function allWorkloads(): Promise<Workload[]> {
  const reader = new TraceReader(traceFile);
  for await (const text of createReadStream(traceFile, "utf8") as AsyncIterable<string>) reader.push(text);
  const { functions } = reader.end();
  return [
    ...(Object.keys(shapes) as ShapeName[]).map(
      (shape): Workload => ({
        name: shape.replaceAll("-", "_"),
        functions: (seed) => [createShape(shape, { seed })],
        configOf: (policy) => ({ ...webApp, policy }),
        isFixed: false,
      }),
    ),
    {
      name: "trace",
      functions: () => functions.map(traceInvocations),
      configOf: (policy) => ({ ...traced, policy }),
      isFixed: true,
    },
  ];
}

/**
 * What is replayed live: in one third a tide up to 40 invocations a second, in the next silence and then a flash crowd of
 * 60 a second that halves every twentieth of the whole, in the last 24 at once every twelfth of the whole.
 */
export function liveTrace(seconds: number): SimulatedInvocation[] {
  const durationMs = seconds * 1_000;
  const third = durationMs / 3;
  const ratePerSecond = (at: number): number => {
    if (at < third) return 40 * Math.sin((Math.PI * at) / third) ** 2;
    if (at < 1.4 * third) return 0;
    if (at < 2 * third) return 60 * 0.5 ** ((at - 1.4 * third) / (durationMs / 20));
    return (at - 2 * third) % (durationMs / 12) < 200 ? 120 : 0;
  };
  const random = createRandom(1);
  return [...createTraffic({ durationMs, ratePerSecond, serviceMs: 1, random: createRandom(2) })].map(({ at }) => ({
    at,
    serviceMs: Math.round(100 + 200 * random()),
  }));
}

export function liveConfig(policy: PolicyName): AutoscalerConfig {
  return { ...live, policy };
}
