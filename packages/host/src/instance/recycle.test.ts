import { recycleDefaults } from "@tidegate/core";
import { expect, test } from "vitest";
import { recycleLimits, recycleReason } from "./recycle.ts";

const old = { invocations: 1e9, ageMs: 1e12, memoryBytes: 1e12 };

test("recycleLimits spreads instances, and never replaces one before its time", () => {
  const config = { afterInvocations: 1000, afterMs: 60_000, aboveMemoryBytes: 2 ** 28 };
  expect(recycleLimits(config, 0)).toEqual({ invocations: 1000, ageMs: 60_000, memoryBytes: 2 ** 28 });
  expect(recycleLimits(config, 0.5)).toMatchObject({ invocations: 1050, ageMs: 63_000, memoryBytes: 2 ** 28 });
  expect(recycleLimits({ ...config, afterInvocations: 3 }, 0.99).invocations).toBe(3);
});

test("recycleReason is null without limits, and before them", () => {
  expect(recycleReason(recycleLimits(recycleDefaults, 0.5), old)).toBeNull();
  const limits = recycleLimits({ afterInvocations: 10, afterMs: 1000, aboveMemoryBytes: 100 }, 0);
  expect(recycleReason(limits, { invocations: 9, ageMs: 999, memoryBytes: 100 })).toBeNull();
  expect(recycleReason(limits, { invocations: 9, ageMs: 999, memoryBytes: null })).toBeNull();
  const small = recycleLimits({ afterInvocations: 0, afterMs: 0, aboveMemoryBytes: 100 }, 0);
  expect(recycleReason(small, { invocations: 0, ageMs: 4_999, memoryBytes: 2 ** 21 })).toBeNull();
  expect(recycleReason(small, { invocations: 0, ageMs: 5_000, memoryBytes: 2 ** 21 })).toBe("it uses 2 MiB of memory");
  expect(recycleReason(limits, { invocations: 10, ageMs: 0, memoryBytes: null })).toBe("it served 10 invocations");
  expect(recycleReason(limits, { invocations: 0, ageMs: 2000, memoryBytes: null })).toBe("it is 2 s old");
});
