import { describe, expect, it } from "vitest";
import { decideStart, type StartSituation, type StartWay } from "./start-decision.ts";

const fresh: StartSituation = {
  mode: "auto",
  isForkable: true,
  template: "none",
  fits: true,
  mayBuild: true,
  isAwaited: false,
  isBeside: false,
  hasWaited: false,
};

describe("decideStart", () => {
  it.each<[name: string, change: Partial<StartSituation>, way: StartWay]>([
    ["start: process, whatever there is", { mode: "process", template: "parked" }, "process"],
    ["what cannot be forked, by itself", { isForkable: false }, "process"],
    ["what cannot be forked, where it must be", { isForkable: false, mode: "fork" }, "refuse"],
    ["a parked template", { template: "parked", isAwaited: true }, "fork"],
    ["a parked template, where it must be", { template: "parked", mode: "fork" }, "fork"],
    ["a loading template, while requests wait", { template: "loading", isAwaited: true }, "wait"],
    ["a loading template that takes too long", { template: "loading", hasWaited: true }, "process"],
    [
      "a loading template that takes long, where it must be",
      { template: "loading", hasWaited: true, mode: "fork" },
      "wait",
    ],
    ["none, while requests wait", { isAwaited: true }, "process"],
    ["none, while requests wait and a process starts already", { isAwaited: true, isBeside: true }, "build"],
    ["none, and nobody waits", {}, "build"],
    ["none, and none may be begun", { mayBuild: false }, "process"],
    ["none, where it must be", { mode: "fork", isAwaited: true, mayBuild: false }, "build"],
    ["none, and no room for one, where it must be", { mode: "fork", fits: false, mayBuild: false }, "refuse"],
    ["one that was lost while it was waited for", { hasWaited: true }, "process"],
    ["one that was lost while it was waited for, where it must be", { hasWaited: true, mode: "fork" }, "refuse"],
    ["a template that parked late", { hasWaited: true, template: "parked" }, "fork"],
  ])("%s", (_name, change, way) => {
    expect(decideStart({ ...fresh, ...change })).toBe(way);
  });
});
