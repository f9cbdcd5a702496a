import { afterEach, expect, it } from "vitest";
import { onFork } from "./fork.ts";

const registry = Symbol.for("tidegate.onFork");

/** As the host's agent does it in a forked instance. */
function fork(): void {
  for (const callback of (globalThis as { [registry]?: Set<() => void> })[registry] ?? []) callback();
}

afterEach(() => {
  Reflect.deleteProperty(globalThis, registry);
});

it("onFork calls back in a fork, in the order of registration, and not before", () => {
  const calls: string[] = [];
  const callback = (): number => calls.push("one");
  onFork(callback);
  onFork(() => calls.push("two"));
  onFork(callback);
  expect(calls).toEqual([]);
  fork();
  expect(calls).toEqual(["one", "two", "one"]);
});

it("onFork gives a function that takes the callback back", () => {
  const calls: string[] = [];
  const callback = (): number => calls.push("called");
  const release = onFork(callback);
  onFork(callback);
  release();
  release();
  fork();
  expect(calls).toEqual(["called"]);
});
