import { describe, expect, it } from "vitest";
import { fewestRunning, mostRunning, type Sample, toSample } from "./sample.ts";
import { commonProblems, shortenedScaling, type Totals } from "./scenario.ts";
import { tidePhases, tideProblems } from "./tide.ts";

function sample(at: number, ready: number): Sample {
  return { at, starting: 0, ready, draining: 0, inFlight: 0, queued: 0 };
}

const counters = { requests: 9, failed: 0, coldStarts: 1, inFlight: 3, queued: 2 };

describe("samples", () => {
  it("count instances by state", () => {
    const states = ["ready", "ready", "starting", "draining", "stopped", "failed"] as const;
    const instances = states.map((state, index) => ({
      function: "app",
      revision: "r1",
      instance: `i${index}`,
      state,
      pid: null,
      start: "process" as const,
      inFlight: 0,
      memoryBytes: null,
      ownBytes: null,
      requests: 0,
      ageMs: 0,
      cpu: null,
    }));
    expect(toSample(1.5, { instances, counters })).toEqual({
      at: 1.5,
      starting: 1,
      ready: 2,
      draining: 1,
      inFlight: 3,
      queued: 2,
    });
  });

  it("have a most and a fewest in a span", () => {
    const samples = [sample(0, 1), sample(1, 5), sample(2, 3), sample(3, 9)];
    expect(mostRunning(samples, 0, 3)).toBe(5);
    expect(mostRunning(samples)).toBe(9);
    expect(fewestRunning(samples, 1, 3)).toBe(3);
    expect(fewestRunning([], 0, 1)).toBe(Infinity);
  });
});

describe("commonProblems", () => {
  const totals: Totals = {
    requests: 10,
    failed: 0,
    perSecond: 1,
    p50Ms: 1,
    p99Ms: 1,
    maxMs: 1,
    maxInstances: 1,
    instancesAtEnd: 0,
    instanceSeconds: 1,
    coldStarts: 1,
  };

  it("finds none in a clean run", () => {
    expect(commonProblems({ seconds: [], samples: [], totals })).toEqual([]);
  });

  it("finds failed requests and instances left over", () => {
    const outcome = { seconds: [], samples: [], totals: { ...totals, failed: 2, instancesAtEnd: 1 } };
    expect(commonProblems(outcome)).toEqual([
      "2 of 10 requests failed",
      "1 instances still ran at the end, none expected",
    ]);
  });
});

it("shortenedScaling keeps the proportions of the windows", () => {
  expect(shortenedScaling(60, 8)).toEqual({
    stableWindowMs: 6_000,
    panicWindowMs: 600,
    idleTimeoutMs: 3_000,
    maxInstances: 8,
  });
});

describe("tide", () => {
  it("rises and falls twice", () => {
    const phases = tidePhases(60, 40);
    expect(phases).toHaveLength(30);
    expect(phases.slice(0, 15).map(({ connections }) => connections)).toEqual([
      0, 2, 8, 16, 24, 32, 38, 40, 38, 32, 24, 16, 8, 2, 0,
    ]);
    expect(phases.reduce((sum, { seconds }) => sum + seconds, 0)).toBeCloseTo(60, 9);
  });

  it("is followed by instances that come and go", () => {
    const followed = [0, 4, 0, 5, 0].map((ready, index) => sample(index * 15, ready));
    expect(tideProblems({ samples: followed }, 60, 40)).toEqual([]);
  });

  it("is not followed by instances that stay, or are too few", () => {
    const stayed = Array.from({ length: 60 }, (_, at) => sample(at, 3));
    expect(tideProblems({ samples: stayed }, 60, 40)).toEqual([
      "at most 3 instances ran in tide 1, at least 4 expected",
      "instances did not become fewer after tide 1: 3 before, 3 after",
      "at most 3 instances ran in tide 2, at least 4 expected",
      "instances did not become fewer after tide 2: 3 before, 3 after",
    ]);
  });
});
