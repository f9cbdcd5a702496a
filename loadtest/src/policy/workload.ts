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
 * What is replayed live, for three minutes: two invocations a second, with a tide up to 30 more in the first 110 s, and from
 * 130 s on 25 at once every 15 s. Not too steep: where a policy is on the verge of panic a millisecond decides, and no two
 * runs are alike.
 */
export function liveTrace(seconds: number): SimulatedInvocation[] {
  const random = createRandom(1);
  const traffic = createTraffic({
    durationMs: seconds * 1_000,
    ratePerSecond: (at) => liveRate((at / 1_000) * (180 / seconds)),
    serviceMs: 1,
    random: createRandom(2),
  });
  return [...traffic].map(({ at }) => ({ at, serviceMs: Math.round(125 + 250 * random()) }));
}

function liveRate(second: number): number {
  if (second < 110) return 2 + 30 * Math.sin((Math.PI * second) / 110) ** 2;
  return second >= 130 && (second - 130) % 15 < 0.5 ? 52 : 2;
}

export function liveConfig(policy: PolicyName): AutoscalerConfig {
  return { ...live, policy };
}
