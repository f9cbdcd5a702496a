import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { toHandler } from "../index.ts";
import { readEvent, recorder } from "./event-recorder.ts";

const index = readEvent<Record<string, { kind: string }>>("index.json");
const names = Object.keys(index).filter((name) => index[name]?.kind === "event");

/** Replaces one member somewhere in an event. */
function replace(event: unknown, pick: number, value: unknown): void {
  const places: [parent: Record<string, unknown>, name: string][] = [];
  const visit = (parent: unknown): void => {
    if (typeof parent !== "object" || parent === null) return;
    for (const name of Object.keys(parent)) {
      places.push([parent as Record<string, unknown>, name]);
      visit((parent as Record<string, unknown>)[name]);
    }
  };
  visit(event);
  const place = places[pick % places.length];
  if (place !== undefined) place[0][place[1]] = structuredClone(value);
}

test("an event with a member of any type is delivered with legal headers, or refused with a code", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const values = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom("x\r\ny: z", "x".repeat(100_000), "\ud800", 1n, Number.NaN, undefined),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), fc.nat(), values, async (name, pick, value) => {
      const event = readEvent(name);
      replace(event, pick, value);
      const { app, seen } = recorder(() => (pick % 2 === 0 ? 204 : 500));
      try {
        await toHandler(app)(event, {});
      } catch (error) {
        expect(String((error as { code?: unknown }).code)).toMatch(/^TIDEGATE_EVENT_/);
        // Messages end in logs, where a line break would begin another entry.
        expect((error as Error).message).toMatch(/^[^\r\n]{1,1500}$/);
      }
      for (const { headers } of seen) {
        for (const header of Object.values(headers)) expect(header).toMatch(/^[\t -~]*$/);
      }
    }),
    { numRuns: 1000, seed: 1 },
  );
});
