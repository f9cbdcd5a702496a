import { commonProblems, type Scenario, shortenedScaling } from "./scenario.ts";

/** The same load all the time. */
export const steadyScenario: Scenario = {
  name: "steady",
  summary: "The same load all the time: 40 requests in flight for 30 s.",
  plan({ seconds, connections }) {
    const runSeconds = seconds ?? 30;
    return {
      phases: [{ seconds: runSeconds, connections: connections ?? 40 }],
      concurrency: 10,
      scaling: shortenedScaling(runSeconds, 10),
      verify: commonProblems,
    };
  },
};
