import { fewestRunning, mostRunning } from "./sample.ts";
import { commonProblems, type Outcome, type Phase, type Scenario, shortenedScaling } from "./scenario.ts";

const concurrency = 10;
const maxInstances = 8;
const tides = 2;
const phasesPerTide = 15;

/** Two tides with an ebb between, then nothing. */
export const tideScenario: Scenario = {
  name: "tide",
  summary: "Two tides of up to 40 requests in flight within 60 s, then down to zero; checks that instances follow.",
  plan({ seconds, connections }) {
    const runSeconds = seconds ?? 60;
    const peak = connections ?? 40;
    return {
      phases: tidePhases(runSeconds, peak),
      concurrency,
      scaling: shortenedScaling(runSeconds, maxInstances),
      verify: (outcome) => [...commonProblems(outcome), ...tideProblems(outcome, runSeconds, peak)],
    };
  },
};

/** Connections follow sin² in steps: with a peak of 40: 0, 2, 8, 16, 24, 32, 38, 40, 38, ... */
export function tidePhases(runSeconds: number, peak: number): Phase[] {
  return Array.from({ length: tides * phasesPerTide }, (_, index) => ({
    seconds: runSeconds / (tides * phasesPerTide),
    connections: Math.round(peak * Math.sin((Math.PI * (index % phasesPerTide)) / (phasesPerTide - 1)) ** 2),
  }));
}

/** Instances must have room for the peak of each tide, and be fewer at ebb, which lags by the windows, than at its flood. */
export function tideProblems({ samples }: Pick<Outcome, "samples">, runSeconds: number, peak: number): string[] {
  const expected = Math.min(maxInstances, Math.ceil(peak / concurrency));
  const tideSeconds = runSeconds / tides;
  const problems: string[] = [];
  for (let tide = 0; tide < tides; tide += 1) {
    const start = tide * tideSeconds;
    const flood = mostRunning(samples, start, start + tideSeconds);
    if (flood < expected) {
      problems.push(`at most ${flood} instances ran in tide ${tide + 1}, at least ${expected} expected`);
    }
    const ebb = fewestRunning(samples, start + tideSeconds * 0.8, start + tideSeconds * 1.2);
    if (ebb >= flood)
      problems.push(`instances did not become fewer after tide ${tide + 1}: ${flood} before, ${ebb} after`);
  }
  return problems;
}
