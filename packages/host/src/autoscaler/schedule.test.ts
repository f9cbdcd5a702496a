import type { ScheduledScaling } from "@tidegate/core";
import { describe, expect, it } from "vitest";
import { Schedule, scheduleProblem } from "./schedule.ts";

const hour = 3_600_000;
const usual = { minInstances: 1, maxInstances: 10 };

function entry(cron: string, change: Partial<ScheduledScaling> = {}): ScheduledScaling {
  return { cron, timeZone: "UTC", forMs: 10 * hour, minInstances: 4, maxInstances: null, ...change };
}

function at(time: string): number {
  return Date.parse(time);
}

describe("Schedule", () => {
  it("changes nothing without entries, ever", () => {
    expect(new Schedule([]).boundsAt(usual, at("2026-03-02T09:00:00Z"))).toEqual({ ...usual, nextAt: null });
  });

  it.each<[name: string, now: string, min: number, nextAt: string]>([
    ["before it begins", "2026-03-02T07:59:59.999Z", 1, "2026-03-02T08:00:00Z"],
    ["when it begins", "2026-03-02T08:00:00.000Z", 4, "2026-03-02T18:00:00Z"],
    ["while it lasts", "2026-03-02T12:34:56.789Z", 4, "2026-03-02T18:00:00Z"],
    ["at its last moment", "2026-03-02T17:59:59.999Z", 4, "2026-03-02T18:00:00Z"],
    ["when it is over", "2026-03-02T18:00:00.000Z", 1, "2026-03-03T08:00:00Z"],
    ["over a weekend", "2026-03-06T18:00:00.000Z", 1, "2026-03-09T08:00:00Z"],
  ])("knows the bounds %s", (_name, now, minInstances, nextAt) => {
    const schedule = new Schedule([entry("0 8 * * 1-5")]);
    expect(schedule.boundsAt(usual, at(now))).toEqual({ minInstances, maxInstances: 10, nextAt: at(nextAt) });
  });

  it("follows summer time of its zone", () => {
    const schedule = new Schedule([entry("0 8 * * *", { timeZone: "Europe/Berlin", forMs: hour })]);
    // 8:00 in Berlin is 7:00 UTC until 29 March 2026, 6:00 after it
    expect(schedule.boundsAt(usual, at("2026-03-28T07:00:00Z")).minInstances).toBe(4);
    expect(schedule.boundsAt(usual, at("2026-03-29T06:00:00Z")).minInstances).toBe(4);
    expect(schedule.boundsAt(usual, at("2026-03-29T07:00:00Z")).minInstances).toBe(1);
  });

  it("takes the highest of each where several hold", () => {
    const schedule = new Schedule([
      entry("0 8 * * *", { minInstances: 3, maxInstances: 20 }),
      entry("0 9 * * *", { minInstances: 5, forMs: hour }),
      entry("0 7 * * *", { minInstances: 0, maxInstances: 15, forMs: 4 * hour }),
    ]);
    expect(schedule.boundsAt(usual, at("2026-03-02T09:30:00Z"))).toEqual({
      minInstances: 5,
      maxInstances: 20,
      nextAt: at("2026-03-02T10:00:00Z"),
    });
  });

  it("can lower the minimum and goes on through one that begins before the last is over", () => {
    const schedule = new Schedule([entry("*/10 * * * *", { minInstances: 0, forMs: 15 * 60_000 })]);
    expect(schedule.boundsAt(usual, at("2026-03-02T09:12:00Z"))).toMatchObject({
      minInstances: 0,
      nextAt: at("2026-03-02T09:15:00Z"),
    });
    expect(schedule.boundsAt(usual, at("2026-03-02T09:15:00Z"))).toMatchObject({ minInstances: 0 });
  });

  it("lets no minimum exceed the maximum", () => {
    const schedule = new Schedule([entry("0 8 * * *", { minInstances: 40 })]);
    expect(schedule.boundsAt(usual, at("2026-03-02T09:00:00Z"))).toMatchObject({ minInstances: 10, maxInstances: 10 });
  });

  it("reads seconds", () => {
    const schedule = new Schedule([entry("30 0 8 * * *", { forMs: 1_000 })]);
    expect(schedule.boundsAt(usual, at("2026-03-02T08:00:30.500Z"))).toMatchObject({ minInstances: 4 });
    expect(schedule.boundsAt(usual, at("2026-03-02T08:00:31.000Z"))).toMatchObject({ minInstances: 1 });
  });
});

describe("scheduleProblem", () => {
  it.each([
    ["0 8 * * 1-5", "Asia/Shanghai"],
    ["*/30 * * * * *", "UTC"],
    ["0 0 1 JAN *", "America/New_York"],
  ])("finds none in %s, %s", (cron, timeZone) => {
    expect(scheduleProblem(cron, timeZone)).toBeNull();
  });

  it.each<[name: string, cron: string, timeZone: string, field: string]>([
    ["too few fields", "0 8 * *", "UTC", "cron"],
    ["too many fields", "0 0 8 * * * 2026", "UTC", "cron"],
    ["no hour", "0 25 * * *", "UTC", "cron"],
    ["a day that never comes", "0 0 31 2 *", "UTC", "cron"],
    ["nothing", "", "UTC", "cron"],
    ["an unknown zone", "0 8 * * *", "Europe/Atlantis", "timeZone"],
  ])("finds %s", (_name, cron, timeZone, field) => {
    expect(scheduleProblem(cron, timeZone)?.field).toBe(field);
  });
});
