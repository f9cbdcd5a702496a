import { describe, expect, test } from "vitest";
import { contextRequestId, deadlineMs, remainingTimeMs } from "./context.ts";

describe("deadlineMs", () => {
  const cases: { name: string; context: unknown; timeoutMs?: number; expected: number | undefined }[] = [
    { name: "Lambda", context: { getRemainingTimeInMillis: () => 3000 }, expected: 12_500 },
    { name: "Lambda, little time", context: { getRemainingTimeInMillis: () => 1000 }, expected: 10_800 },
    { name: "Huawei", context: { getRemainingTimeInMilliSeconds: () => 5000 }, expected: 14_500 },
    { name: "Tencent", context: { time_limit_in_ms: 3000 }, expected: 12_500 },
    { name: "Alibaba, in seconds", context: { function: { timeout: 60 } }, expected: 69_500 },
    { name: "an emulator that answers 0", context: { getRemainingTimeInMillis: () => 0 }, expected: undefined },
    { name: "an emulator without a limit", context: { function: {} }, expected: undefined },
    { name: "no context", context: undefined, expected: undefined },
    { name: "a set time without a platform's", context: {}, timeoutMs: 200, expected: 10_200 },
    { name: "a shorter set time", context: { time_limit_in_ms: 3000 }, timeoutMs: 200, expected: 10_200 },
    { name: "a longer set time", context: { time_limit_in_ms: 3000 }, timeoutMs: 9000, expected: 12_500 },
  ];
  test.each(cases)("$name", ({ context, timeoutMs, expected }) => {
    expect(deadlineMs(context, timeoutMs, 10_000)).toBe(expected);
  });
});

test("the context's methods keep their this", () => {
  class Context {
    readonly #left = 700;
    getRemainingTimeInMillis(): number {
      return this.#left;
    }
    getRequestID(): string {
      return `r-${this.#left}`;
    }
  }
  expect(remainingTimeMs(new Context())).toBe(700);
  expect(contextRequestId(new Context())).toBe("r-700");
});
