import { expect, it } from "vitest";
import { describeReason, type Reason } from "./reason.ts";

it.each<[reason: Reason, text: string]>([
  [{ code: "arrivals", load: 25, concurrency: 10 }, "25 invocations waiting or running, 10 fit one instance"],
  [{ code: "arrivals", load: 1, concurrency: 10 }, "1 invocation waiting or running, 10 fit one instance"],
  [
    { code: "stable", average: 30.456, target: 7 },
    "concurrency averages 30.46 over the stable window, target 7 per instance",
  ],
  [
    { code: "panic", average: 40, target: 7, held: 6 },
    "burst: concurrency averages 40 over the panic window, target 7 per instance; holding 6",
  ],
  [
    { code: "scale-down-delay", held: 3, wantedMsAgo: 1_240 },
    "3 instances wanted 1.2 s ago; waiting before stopping any",
  ],
  [{ code: "scale-down-rate", from: 8, rate: 2 }, "fewer are enough, but of 8 instances at least 1 in 2 stays for now"],
  [
    { code: "scale-up-rate", wanted: 9, ready: 2, rate: 1.5 },
    "averages want 9 instances, but 2 ready may grow at most 1.5 times at once",
  ],
  [{ code: "last", idleMs: 2_000, idleTimeoutMs: 30_000 }, "no invocation for 2 s; the last instance stays until 30 s"],
  [{ code: "idle", idleMs: 30_000, minInstances: 0 }, "no invocation for 30 s; keeping the minimum of 0"],
  [{ code: "idle", idleMs: null, minInstances: 2 }, "no invocation yet; keeping the minimum of 2"],
  [{ code: "min", minInstances: 1 }, "minimum of 1 instance"],
  [{ code: "max", wanted: 12, maxInstances: 10 }, "12 instances wanted, maximum is 10"],
])("describeReason says %o", (reason, text) => {
  expect(describeReason(reason)).toBe(text);
});
