import { describe, expect, test } from "vitest";
import type { FunctionOptions, HostOptions } from "../host-options.ts";
import { appliedOptions, differenceOf, settingChanges } from "./change.ts";

const shop: FunctionOptions = {
  name: "shop",
  entry: { kind: "node", file: "/app/server.js", args: ["a"] },
  routes: [{ path: "/" }],
  scaling: { maxInstances: 4 },
};

describe("differenceOf says of a function", () => {
  test.each<{ name: string; change: Partial<FunctionOptions>; difference: string }>([
    { name: "read anew with the same text", change: {}, difference: "none" },
    { name: "with other routes", change: { routes: [{ path: "/shop" }] }, difference: "adjusted" },
    {
      name: "with other limits",
      change: { queueLimit: 1, maxBodyBytes: 1, breaker: undefined },
      difference: "adjusted",
    },
    { name: "with other scaling", change: { scaling: { maxInstances: 5 } }, difference: "adjusted" },
    { name: "with another argument", change: { entry: { ...shop.entry, args: ["b"] } }, difference: "revision" },
    { name: "with a variable", change: { env: { A: "1" } }, difference: "revision" },
    { name: "with another concurrency", change: { concurrency: 1 }, difference: "revision" },
    { name: "with both", change: { routes: [{ path: "/x" }], cwd: "/x" }, difference: "revision" },
  ] as { name: string; change: Partial<FunctionOptions>; difference: string }[])(
    "$name: $difference",
    ({ change, difference }) => {
      expect(differenceOf(shop, { ...structuredClone(shop), ...change })).toBe(difference);
    },
  );
});

test("settingChanges tells what applies and what needs another host, and appliedOptions what is in force", () => {
  const onEvent = (): void => {};
  const before: HostOptions = { functions: [shop], port: 1, trustProxy: true, onEvent };
  const after: HostOptions = { functions: [], port: 2, bodyTimeoutMs: 5, metrics: { port: 3 }, onInvocation: () => {} };
  const changes = settingChanges(before, after, new Set(["trustProxy", "bodyTimeoutMs"]));
  expect(changes).toEqual([
    { kind: "setting", name: "bodyTimeoutMs", action: "applied" },
    { kind: "setting", name: "metrics", action: "upgrade" },
    { kind: "setting", name: "port", action: "upgrade" },
    { kind: "setting", name: "trustProxy", action: "applied" },
  ]);
  const applied = appliedOptions(before, after, changes);
  expect(applied).toEqual({ functions: [], port: 1, bodyTimeoutMs: 5, onEvent });
  expect(settingChanges(applied, after, new Set()).map(({ name }) => name)).toEqual(["metrics", "port"]);
});
