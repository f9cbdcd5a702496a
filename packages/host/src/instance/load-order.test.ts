import { expect, test } from "vitest";
import { LoadOrder, type Place } from "./load-order.ts";

test("LoadOrder gives the least loaded item, and the one moved last among equals", () => {
  const order = new LoadOrder<string>();
  const a = order.add("a", 0);
  const b = order.add("b", 0);
  expect(order.first?.item).toBe("b");
  order.move(b, 1);
  expect(order.first?.item).toBe("a");
  order.move(a, 1);
  expect(order.first?.item).toBe("a");
  order.move(a, 2);
  order.move(b, 2);
  expect([...order.coldestFirst()]).toEqual(["a", "b"]);
  order.remove(b);
  expect(order.first?.item).toBe("a");
  order.remove(a);
  expect(order.first).toBeNull();
  expect(order.size).toBe(0);
});

test("LoadOrder agrees with a list that is sorted each time", () => {
  const order = new LoadOrder<number>();
  const places: Place<number>[] = [];
  const movedAt = new Map<number, number>();
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  for (let step = 0; step < 5_000; step++) {
    const at = random(places.length + 1);
    const place = places[at];
    if (place === undefined) places.push(order.add(step, random(4)));
    else if (random(20) === 0) {
      order.remove(place);
      places.splice(at, 1);
      movedAt.delete(place.item);
    } else order.move(place, Math.max(0, place.load + (random(2) === 0 ? 1 : -1)));
    const moved = place ?? places.at(-1);
    if (moved !== undefined && places.includes(moved)) movedAt.set(moved.item, step);
    const sorted = [...places].sort(
      (one, two) => one.load - two.load || (movedAt.get(two.item) ?? 0) - (movedAt.get(one.item) ?? 0),
    );
    expect(order.first?.item).toBe(sorted[0]?.item);
    expect(order.size).toBe(places.length);
  }
});
