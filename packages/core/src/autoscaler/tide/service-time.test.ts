import { expect, it } from "vitest";
import { ServiceTime } from "./service-time.ts";

it("takes 100 ms for granted before anything is known", () => {
  expect(new ServiceTime().meanMs).toBe(100);
});

it("notices what takes long before it ends, as its docstring says", () => {
  const service = new ServiceTime();
  service.record(0, 3, 0);
  service.record(10_000, 3, 0);
  expect(service.meanMs).toBe(30_100);
});

it("averages over all in flight, and forgets what is old", () => {
  const service = new ServiceTime();
  let now = 0;
  const serve = (times: number, ms: number) => {
    for (let index = 0; index < times; index += 1) {
      service.record(now, 2, 0);
      now += ms;
      service.record(now, 0, 2);
    }
  };
  serve(100, 50);
  expect(service.meanMs).toBeCloseTo(50, 0);
  serve(1_500, 200);
  expect(service.meanMs).toBeGreaterThan(190);
});
