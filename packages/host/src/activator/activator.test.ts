import { type FunctionConfig, functionDefaults } from "@tidegate/core";
import { describe, expect, it, vi } from "vitest";
import { Instance } from "../instance/instance.ts";
import { InstancePool } from "../instance/pool.ts";
import { StartPermits } from "../instance/start-permits.ts";
import { Activator } from "./activator.ts";
import type { Waiter } from "./waiter.ts";

const config: FunctionConfig = {
  ...functionDefaults,
  name: "app",
  entry: { kind: "node", file: "/app.js" },
  cwd: "/",
  env: {},
  routes: [{ path: "/" }],
};
const place = { runtimeDir: "/", publicPort: 0 };

function instanceOf(revision: string): Instance {
  return new Instance({
    ...place,
    function: config,
    revision,
    instance: `app-${revision}-1`,
    launch: () => Promise.reject(new Error("Not launched in this test")),
    onOutput: () => {},
    onState: () => {},
    permits: new StartPermits(),
    onVerdict: () => {},
  });
}

/** A pool whose only instance has room. */
function poolOf(revision: string): { pool: InstancePool; instance: Instance; finished: () => number } {
  const pool = new InstancePool({
    function: config,
    revision,
    runtimeDir: () => place.runtimeDir,
    publicPort: () => place.publicPort,
    onEvent: () => {},
  });
  const instance = instanceOf(revision);
  vi.spyOn(pool, "pick").mockReturnValue(instance);
  const onFinished = vi.spyOn(pool, "onFinished");
  return { pool, instance, finished: () => onFinished.mock.calls.length };
}

const waiter: Waiter = {
  granted: () => {},
  refused: () => {},
  queued: () => {},
  request: { clientAddress: "192.0.2.1", headBytes: 100, limitBody: () => false, cookie: () => null },
  isEndless: false,
  isReplay: false,
  avoided: null,
  avoidsStrictly: false,
  dispatchedAt: 0,
  place: null,
};

describe("Activator.release", () => {
  it("tells the pool that an instance works", () => {
    const { pool, instance, finished } = poolOf("r1");
    const activator = new Activator(config, pool);
    activator.admit(waiter);
    activator.release(waiter, instance, "answered");
    expect(finished()).toBe(1);
    activator.admit(waiter);
    activator.release(waiter, instance, "cancelled");
    expect(finished()).toBe(1);
  });

  it("tells a new revision's pool nothing about an instance of the old one", () => {
    const old = poolOf("r1");
    const next = poolOf("r2");
    const activator = new Activator(config, old.pool);
    activator.admit(waiter);
    activator.use(next.pool, config);
    activator.release(waiter, old.instance, "answered");
    expect(next.finished()).toBe(0);
    expect(activator.inFlight).toBe(0);
  });
});
