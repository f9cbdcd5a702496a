import { describe, expect, it } from "vitest";
import { createShape, type ShapeName, shapes } from "./shapes.ts";

const names = Object.keys(shapes) as ShapeName[];
const minute = 60_000;

/** Arrivals in each minute. */
function perMinute(name: ShapeName, seed = 1): number[] {
  const counts = Array.from({ length: shapes[name].durationMs / minute }, () => 0);
  for (const { at } of createShape(name, { seed })) {
    const index = Math.floor(at / minute);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

describe("createShape", () => {
  it.each(names)("gives %s again for the same seed, and another one for another", (name) => {
    const first = (seed: number) => [...createShape(name, { seed })].slice(0, 100);
    expect(first(1)).toEqual(first(1));
    expect(first(2)).not.toEqual(first(1));
  });

  it.each(names)("spreads service times of %s around their median", (name) => {
    const times = [...createShape(name, { serviceMs: 50 })].map(({ serviceMs }) => serviceMs).sort((a, b) => a - b);
    const quantile = (part: number) => times[Math.floor(times.length * part)] ?? 0;
    expect(quantile(0.5) / 50).toBeGreaterThan(0.8);
    expect(quantile(0.5) / 50).toBeLessThan(1.25);
    expect(quantile(0.99) / 50).toBeGreaterThan(2);
  });

  it("has more of them by scale", () => {
    const all = [...createShape("sparse", { scale: 10 })].length;
    expect(all / 3_600).toBeGreaterThan(0.9);
    expect(all / 3_600).toBeLessThan(1.1);
  });
});

it("tide comes and goes twice", () => {
  const counts = perMinute("tide");
  expect(counts).toHaveLength(60);
  for (const high of [15, 45]) expect(counts[high]).toBeGreaterThan(11_000);
  for (const low of [0, 29, 30, 59]) expect(counts[low]).toBeLessThan(150);
});

it("flash-crowd comes at once and goes slowly", () => {
  const counts = perMinute("flash-crowd");
  expect(counts[9]).toBeLessThan(200);
  expect(counts[10]).toBeGreaterThan(13_000);
  expect((counts[12] ?? 0) / (counts[10] ?? 1)).toBeCloseTo(0.5, 1);
  expect(counts[29]).toBeLessThan(250);
});

it("cron-burst comes within a second of full minutes only", () => {
  for (const { at } of createShape("cron-burst")) expect(at % minute).toBeLessThan(1_000);
  const counts = perMinute("cron-burst");
  expect(counts[5]).toBeGreaterThan(150);
  expect(counts[6]).toBeLessThan(45);
});

it("sparse is about one a minute", () => {
  const total = perMinute("sparse").reduce((sum, count) => sum + count, 0);
  expect(total).toBeGreaterThan(280);
  expect(total).toBeLessThan(440);
});
