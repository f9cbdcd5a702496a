import { afterEach, describe, expect, it } from "vitest";
import { createTestPool, type TestPool } from "../instance/testing/test-pool.ts";
import { launch } from "../launcher/launch.ts";
import { launchError } from "../launcher/launch-error.ts";
import type { Launch } from "../launcher/launcher.ts";

let pools: TestPool[] = [];
afterEach(async () => {
  for (const each of pools.splice(0)) await each.stop();
  pools = [];
});

describe("a system that refuses processes", () => {
  let code: string | null = "EAGAIN";
  const refusing: Launch = (options) => {
    if (code === null) return launch(options);
    const cause = Object.assign(new Error(`spawn ${code}`), { code });
    return Promise.reject(launchError(options.instance, options.function.name, cause));
  };
  const problemsOf = ({ events }: TestPool): string[] =>
    events.flatMap((event) =>
      event.type === "problem" ? [`${event.code} ${/spawn \w+/.exec(event.message)?.[0]}`] : [],
    );

  it("is told once for each thing that ran out, is no crash loop, and is forgotten when an instance gets ready", async () => {
    code = "EAGAIN";
    const made = await createTestPool({}, undefined, { launch: refusing });
    pools.push(made);
    const { pool } = made;
    for (let count = 0; count < 4; count++) await pool.start();
    code = "EMFILE";
    for (let count = 0; count < 4; count++) await pool.start();
    expect(problemsOf(made)).toEqual([
      "TIDEGATE_INSTANCE_LAUNCH_FAILED spawn EAGAIN",
      "TIDEGATE_INSTANCE_LAUNCH_FAILED spawn EMFILE",
    ]);
    const now = performance.now();
    expect(pool.refusal(now)).toMatchObject({
      code: "TIDEGATE_INSTANCE_LAUNCH_FAILED",
      message: expect.stringContaining("the host has as many files open as it may (ulimit -n)"),
    });
    expect(pool.retryAt).toBeGreaterThan(now);
    code = null;
    expect(await pool.start()).toBeNull();
    expect([pool.retryAt, pool.refusal(performance.now())]).toEqual([0, null]);
  });

  it("makes no crash loop of the first instance that gets a process again, and crashes", async () => {
    code = "EAGAIN";
    const made = await createTestPool({}, "process.exit(1);", { launch: refusing });
    pools.push(made);
    const { pool, events } = made;
    for (let count = 0; count < 3; count++) await pool.start();
    code = null;
    expect(await pool.start()).toMatchObject({ code: "TIDEGATE_INSTANCE_EXITED" });
    expect(events.flatMap((event) => (event.type === "problem" ? [event.code] : []))).toEqual([
      "TIDEGATE_INSTANCE_LAUNCH_FAILED",
      "TIDEGATE_INSTANCE_EXITED",
    ]);
    expect(pool.refusal(0)).toMatchObject({
      code: "TIDEGATE_INSTANCE_EXITED",
      message: expect.stringContaining("exit code 1"),
    });
  });
});
