import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import type { Instance } from "./instance.ts";
import type { InstancePool } from "./pool.ts";
import { createTestPool } from "./testing/test-pool.ts";

function pick(pool: InstancePool): Instance {
  const instance = pool.pick();
  if (instance === null) throw new Error("No instance is ready");
  return instance;
}

/** A function of its own: what it has in its hands is not seen as in use once it has returned. */
function wearOut(pool: InstancePool): WeakRef<Instance> {
  const instance = pick(pool);
  instance.finished = 1;
  instance.onOutcome(false);
  return new WeakRef(instance);
}

it("an instance that is gone keeps no later one in memory: each is ended by the start of the next", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { pool, start, event, stop } = await createTestPool({
    recycle: { afterInvocations: 1, afterMs: 0, aboveMemoryBytes: 0 },
  });
  await start(1);
  const first = pick(pool);
  wearOut(pool);
  await event("instance", ({ instance, state }) => instance === "app-r1-1" && state === "stopped");
  const second = wearOut(pool);
  await event("instance", ({ instance, state }) => instance === "app-r1-2" && state === "stopped");
  for (let turn = 0; turn < 50 && second.deref() !== undefined; turn++) {
    await setImmediate();
    collect();
  }
  expect(second.deref()).toBeUndefined();
  expect(first.state).toBe("stopped");
  await stop();
});
