import { describe, expect, it } from "vitest";
import { type ForkVerdict, type InstanceFailure, RevisionFailures, wasTakenAway } from "./revision-failures.ts";

const crash: InstanceFailure = {
  start: "fork",
  wasReady: true,
  hasWorked: false,
  isTimeout: false,
  hadProcess: true,
  signal: "SIGSEGV",
};
const unready: InstanceFailure = { ...crash, wasReady: false, signal: null };
const timeout: InstanceFailure = { ...unready, isTimeout: true, signal: "SIGKILL" };
const plainCrash: InstanceFailure = { ...crash, start: "process" };
const plainUnready: InstanceFailure = { ...unready, start: "process" };

type Happening = InstanceFailure | "fork" | "process";

function verdictAfter(happenings: readonly Happening[]): ForkVerdict {
  const failures = new RevisionFailures(true);
  for (const each of happenings) {
    if (typeof each === "string") failures.onReady(each);
    else failures.onFailed(each, 0);
  }
  return failures.verdict;
}

describe("RevisionFailures", () => {
  it.each<[name: string, happenings: readonly Happening[], verdict: ForkVerdict]>([
    ["goes on after two crashes", [crash, crash], "forking"],
    ["tries one at once when none gets ready in time", [timeout], "trial"],
    ["takes a timeout as any failure where others worked", ["fork", timeout, timeout], "forking"],
    ["tries a plain process after three", [crash, crash, crash], "trial"],
    [
      "counts every signal of a fault",
      [crash, { ...crash, signal: "SIGILL" }, { ...crash, signal: "SIGABRT" }],
      "trial",
    ],
    ["counts crashes before ready", [{ ...crash, wasReady: false }, unready, unready], "trial"],
    ["counts crashes between which others got ready", [crash, "fork", crash, "fork", crash], "trial"],
    ["forgets those that were not ready when one is", [unready, unready, "fork", unready, unready], "forking"],
    ["does not mind how a ready one ends else", [1, 2, 3].map(() => ({ ...crash, signal: "SIGKILL" })), "forking"],
    ["does not mind exit codes of ready ones", [1, 2, 3].map(() => ({ ...crash, signal: null })), "forking"],
    ["gives up when the plain one gets ready", [crash, crash, crash, "process"], "abandoned"],
    ["stays so", [crash, crash, crash, "process", plainCrash, "fork", "process"], "abandoned"],
    ["goes back when the plain one fails as well", [unready, unready, unready, plainUnready], "forking"],
    ["counts anew then", [unready, unready, unready, plainUnready, unready, unready], "forking"],
    ["may try again", [unready, unready, unready, plainUnready, unready, unready, unready], "trial"],
    ["knows from a plain crash that it is the app", [crash, crash, plainCrash, crash, crash], "forking"],
    ["takes no notice of a plain one that gets ready before", [crash, crash, "process"], "forking"],
    ["waits for the plain one while others fail", [crash, crash, crash, crash, "fork"], "trial"],
  ])("%s", (_name, happenings, verdict) => {
    expect(verdictAfter(happenings)).toBe(verdict);
  });

  it("has the next start wait longer each time, but not for a trial, and tells once that forking is given up", () => {
    const failures = new RevisionFailures(true);
    expect([crash, crash, crash, crash].map((failure) => failures.onFailed(failure, 0))).toEqual([250, 500, null, 250]);
    expect([failures.onReady("fork"), failures.onReady("process"), failures.onReady("process")]).toEqual([
      false,
      true,
      false,
    ]);
    expect(failures.forked).toBe(4);
  });

  it("takes no blame from the app once a plain one has failed as well", () => {
    const failures = new RevisionFailures(true);
    const pauses = [unready, unready, unready, plainUnready, unready, unready, unready].map((failure) =>
      failures.onFailed(failure, 0),
    );
    expect(pauses).toEqual([250, 500, null, 250, 500, 1_000, 2_000]);
    expect(failures.verdict).toBe("trial");
    expect(failures.isLooping).toBe(true);
  });

  it("knows a crash loop, until an invocation is finished", () => {
    const failures = new RevisionFailures(true);
    const pauses = Array.from({ length: 9 }, () => failures.onFailed(plainUnready, 1_000));
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect([failures.inRow, failures.retryAt, failures.isLooping]).toEqual([9, 31_000, true]);
    failures.onReady("process");
    expect(failures.isLooping).toBe(true);
    failures.onFinished();
    expect([failures.inRow, failures.retryAt, failures.isLooping]).toEqual([0, 0, false]);
  });

  it("lets no start wait for one that had finished an invocation, and begins a trial for its faults all the same", () => {
    const failures = new RevisionFailures(true);
    const worked = { ...crash, hasWorked: true };
    expect([worked, worked, worked].map((failure) => failures.onFailed(failure, 0))).toEqual([null, null, null]);
    expect([failures.inRow, failures.verdict]).toEqual([0, "trial"]);
  });

  it("begins no trial where there must be a fork, and for none that had no process", () => {
    const failures = new RevisionFailures(false);
    for (let count = 0; count < 4; count++) failures.onFailed(crash, 0);
    expect([failures.inRow, failures.verdict]).toEqual([4, "forking"]);
    expect(verdictAfter(Array.from({ length: 4 }, () => ({ ...unready, hadProcess: false })))).toBe("forking");
  });

  it("paces starts that got no process by themselves: what else is finished or fails does not count", () => {
    const failures = new RevisionFailures(true);
    const refused = { ...unready, hadProcess: false };
    const pauses = Array.from({ length: 7 }, () => {
      failures.onFinished();
      return failures.onFailed(refused, 1_000);
    });
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect([failures.inRow, failures.retryAt, failures.isLooping]).toEqual([0, 6_000, true]);
    failures.onFailed(plainUnready, 1_000);
    expect([failures.isLooping, failures.isCrashLoop]).toEqual([true, false]);
    failures.onFinished();
    failures.onReady("fork");
    expect([failures.retryAt, failures.isLooping]).toEqual([0, false]);
  });

  it.each<[name: string, failure: InstanceFailure, isIt: boolean]>([
    ["a forked one killed before it was ready", { ...unready, signal: "SIGKILL" }, true],
    ["a plain one", { ...plainUnready, signal: "SIGKILL" }, false],
    ["one that was not ready in time", timeout, false],
    ["one that was ready", { ...crash, signal: "SIGKILL" }, false],
    ["one that ended by itself", unready, false],
  ])("takes %s for one that was taken away, or not", (_name, failure, isIt) => {
    expect(wasTakenAway(failure)).toBe(isIt);
  });
});
