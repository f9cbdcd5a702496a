export const STEPS = ["placed", "paid", "shipped", "delivered"];

/**
 * An order moves on by the clock, so every instance sees the same status without talking to another.
 * With steps of 2000 ms, an order placed at 10_000 is "shipped" from 14_000 to 15_999.
 */
export function stepAt(order, stepMs, now) {
  const passed = Math.floor((now - order.createdAt) / stepMs);
  return Math.min(Math.max(passed, 0), STEPS.length - 1);
}

export function stepTime(order, stepMs, step) {
  return order.createdAt + step * stepMs;
}
