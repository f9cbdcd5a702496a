import {
  autoscalerDefaults,
  type CodePlace,
  type EffectKey,
  type ForkPoint,
  functionDefaults,
  noTemplate,
  type TemplateInfo,
} from "@tidegate/core";
import type { FunctionInfo } from "@tidegate/host";

/** Makes the fork point of a test's function, which took 395 ms to load. */
export function forkPoint(effect: EffectKey, place: CodePlace | null, change: Partial<ForkPoint> = {}): ForkPoint {
  const warmUp = { asked: 0, done: 0, leftOut: null };
  return { effect, what: null, place, via: null, loadMs: 395, warmUp, notes: [], ...change };
}

/** Makes what a host tells of a function of revision r1 or, for "report", r12. */
export function functionInfo(name: string, template: Partial<TemplateInfo>, cwd: string): FunctionInfo {
  const revision = name === "report" ? "r12" : "r1";
  return {
    name,
    revision,
    config: {
      ...functionDefaults,
      name,
      entry: { kind: "node", file: `${cwd}/src/server.js` },
      cwd,
      env: [],
      routes: [{ path: `/${name}` }],
    },
    scaling: { ...autoscalerDefaults, concurrency: 100 },
    inFlight: 0,
    queued: 0,
    template: { ...noTemplate(name, revision, ""), reason: null, ...template },
    instances: {},
  };
}
