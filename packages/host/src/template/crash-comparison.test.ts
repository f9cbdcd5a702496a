import { describe, expect, it } from "vitest";
import type { InstanceFailure } from "../instance/pool-launcher.ts";
import { CrashComparison, type ForkVerdict } from "./crash-comparison.ts";

const crash: InstanceFailure = { start: "fork", wasReady: true, isTimeout: false, signal: "SIGSEGV" };
const unready: InstanceFailure = { start: "fork", wasReady: false, isTimeout: false, signal: null };
const timeout: InstanceFailure = { ...unready, isTimeout: true, signal: "SIGKILL" };
const plainCrash: InstanceFailure = { ...crash, start: "process" };
const plainUnready: InstanceFailure = { ...unready, start: "process" };

type Happening = InstanceFailure | "fork" | "process";

function verdictAfter(happenings: readonly Happening[]): ForkVerdict {
  const comparison = new CrashComparison();
  for (const each of happenings) {
    if (typeof each === "string") comparison.onReady(each);
    else comparison.onFailure(each);
  }
  return comparison.verdict;
}

describe("CrashComparison", () => {
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

  it("tells once that a trial begins, and once that forking is given up", () => {
    const comparison = new CrashComparison();
    const told = [crash, crash, crash, crash].map((failure) => comparison.onFailure(failure));
    expect(told).toEqual([false, false, true, false]);
    expect([comparison.onReady("fork"), comparison.onReady("process"), comparison.onReady("process")]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it("takes no blame from the app once a plain one has failed as well", () => {
    const comparison = new CrashComparison();
    const failures = [unready, unready, unready, plainUnready, unready, unready, unready];
    const told = failures.map((failure) => comparison.onFailure(failure));
    expect(told).toEqual([false, false, true, false, false, false, false]);
    expect(comparison.verdict).toBe("trial");
  });
});
