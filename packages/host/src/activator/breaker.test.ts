import type { BreakerConfig } from "@tidegate/core";
import { describe, expect, it } from "vitest";
import { Breaker, type FailureSource } from "./breaker.ts";

const config: BreakerConfig = { failureRate: 0.5, minRequests: 4, windowMs: 1_000, openMs: 500 };
const alive: FailureSource = { state: "ready" };

function opened(at = 100): Breaker {
  const breaker = new Breaker(config);
  for (let count = 0; count < 4; count++) breaker.fail(at, alive, false);
  return breaker;
}

describe("a breaker opens", () => {
  it("at the failure that makes them too many, and says so once", () => {
    const breaker = new Breaker(config);
    breaker.succeed(10, false);
    breaker.succeed(20, false);
    expect(breaker.fail(30, alive, false)).toBe(false);
    expect(breaker.fail(40, alive, false)).toBe(true);
    expect(breaker.fail(50, alive, false)).toBe(false);
    expect(breaker.admit(60)).toBe(540);
  });

  it("not while there are too few requests to conclude anything", () => {
    const breaker = new Breaker(config);
    for (let count = 0; count < 3; count++) expect(breaker.fail(10, alive, false)).toBe(false);
    expect(breaker.admit(11)).toBe("closed");
  });

  it("not while most requests succeed", () => {
    const breaker = new Breaker(config);
    for (let count = 0; count < 100; count++) {
      breaker.succeed(10, false);
      if (count % 3 === 0) expect(breaker.fail(10, alive, false)).toBe(false);
    }
  });

  it("not by failures that are longer ago than the window", () => {
    const breaker = new Breaker(config);
    for (let at = 0; at < 10_000; at += 400) expect(breaker.fail(at, alive, false)).toBe(false);
  });

  it("never when it is switched off", () => {
    const breaker = new Breaker({ ...config, minRequests: 0 });
    for (let count = 0; count < 100; count++) expect(breaker.fail(1, alive, false)).toBe(false);
    expect(breaker.isClosed).toBe(true);
  });

  it("not by one process that dies and takes many requests along", () => {
    const dead = { state: "failed" } as const;
    const breaker = new Breaker(config);
    for (let count = 0; count < 100; count++) expect(breaker.fail(10, dead, false)).toBe(false);
    expect(breaker.admit(20)).toBe("closed");
  });

  it("by many processes that die", () => {
    const breaker = new Breaker(config);
    for (let count = 0; count < 3; count++) breaker.fail(10, { state: "failed" }, false);
    expect(breaker.fail(10, { state: "failed" }, false)).toBe(true);
  });

  it("and closes again when what failed turns out to be one process that died", () => {
    const instance: { state: FailureSource["state"] } = { state: "ready" };
    const breaker = new Breaker(config);
    for (let count = 0; count < 4; count++) breaker.fail(10, instance, false);
    expect(breaker.admit(12)).toBe(510);
    instance.state = "failed";
    expect(breaker.admit(14)).toBe("closed");
  });
});

describe("an open breaker", () => {
  it("lets one request through after its time, and closes when that succeeds", () => {
    const breaker = opened();
    expect(breaker.admit(599)).toBe(600);
    expect(breaker.admit(600)).toBe("trial");
    expect(breaker.admit(601)).toBe(601);
    expect(breaker.succeed(620, true)).toBe(true);
    expect(breaker.admit(621)).toBe("closed");
    // What failed before is forgotten.
    expect(breaker.fail(622, alive, false)).toBe(false);
  });

  it("stays open when that fails", () => {
    const breaker = opened();
    expect(breaker.admit(600)).toBe("trial");
    breaker.fail(650, alive, true);
    expect(breaker.admit(651)).toBe(1150);
    expect(breaker.admit(1150)).toBe("trial");
  });

  it("lets another one try when that is given up", () => {
    const breaker = opened();
    expect(breaker.admit(600)).toBe("trial");
    breaker.abandonTrial();
    expect(breaker.admit(601)).toBe("trial");
  });

  it("learns nothing from requests that were on their way when it opened", () => {
    const breaker = opened();
    expect(breaker.succeed(110, false)).toBe(false);
    breaker.fail(120, alive, false);
    expect(breaker.admit(130)).toBe(600);
    expect(breaker.opensAgainIn(130)).toBe(470);
    expect(breaker.opensAgainIn(700)).toBe(0);
  });
});
