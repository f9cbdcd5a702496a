import { mostRunning } from "./sample.ts";
import { commonProblems, type Scenario, shortenedScaling } from "./scenario.ts";

const concurrency = 10;
const maxInstances = 8;

/** Silence, then all at once, then silence. */
export const burstScenario: Scenario = {
  name: "burst",
  summary: "From zero instances to 80 requests in flight at once, for a third of 15 s.",
  plan({ seconds, connections: givenConnections }) {
    const runSeconds = seconds ?? 15;
    const connections = givenConnections ?? 80;
    return {
      phases: [
        { seconds: runSeconds / 3, connections: 0 },
        { seconds: runSeconds / 3, connections },
        { seconds: runSeconds / 3, connections: 0 },
      ],
      concurrency,
      scaling: shortenedScaling(runSeconds, maxInstances),
      verify(outcome) {
        const problems = commonProblems(outcome);
        if (mostRunning(outcome.samples, 0, runSeconds / 3) > 0)
          problems.push("instances ran before the first request");
        const expected = Math.min(maxInstances, Math.ceil(connections / concurrency));
        const { maxInstances: most } = outcome.totals;
        if (most < expected) problems.push(`at most ${most} instances ran, ${expected} expected`);
        return problems;
      },
    };
  },
};
