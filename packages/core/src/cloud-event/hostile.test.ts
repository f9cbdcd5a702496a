import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { TidegateError } from "../errors.ts";
import { cloudEventHeaders } from "./cloud-event-headers.ts";
import { detectTrigger, triggerInput } from "./detect-trigger.ts";

const read = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8");
const index = JSON.parse(read("index.json")) as Record<string, { kind: string }>;
const events = Object.keys(index)
  .filter((name) => index[name]?.kind === "event")
  .map(read);

type Tree = Record<string, unknown>;

/** Every place in a value, as an object and a member of it. */
function places(value: unknown): [parent: Tree, name: string][] {
  if (typeof value !== "object" || value === null) return [];
  const tree = value as Tree;
  return Object.keys(tree).flatMap((name) => [[tree, name] as [Tree, string], ...places(tree[name])]);
}

const replacement = fc.oneof(
  fc.constant(undefined),
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom("", "x\r\ny: z", "__proto__", "\ud800", Number.NaN, 2 ** 60, -1, [null], [[]], new Uint8Array(2)),
);

const mutated = fc
  .record({
    event: fc.constantFrom(...events).map((text): unknown => JSON.parse(text)),
    changes: fc.array(fc.tuple(fc.nat(), replacement), { minLength: 1, maxLength: 4 }),
  })
  .map(({ event, changes }) => {
    for (const [pick, value] of changes) {
      const found = places(event);
      const place = found[pick % found.length];
      if (place !== undefined) place[0][place[1]] = structuredClone(value);
    }
    return event;
  });

test("an event with members of any type is unknown, malformed, or read with legal attributes", () => {
  fc.assert(
    fc.property(mutated, fc.oneof(fc.constant({}), fc.jsonValue()), (event, context) => {
      const input = triggerInput(event, context, "invocation-1");
      try {
        for (const { cloudEvent } of detectTrigger(input)?.read(input) ?? []) {
          const { id, source, type, time } = cloudEvent;
          expect([id, source, type].map((value) => typeof value)).toEqual(["string", "string", "string"]);
          expect(id).not.toBe("");
          expect(source).not.toBe("");
          if (time !== undefined) expect(Number.isNaN(Date.parse(time)) && !/^\d{4}-/.test(time)).toBe(false);
          for (const part of cloudEventHeaders(cloudEvent)) expect(part).toMatch(/^[!-~]*$/);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(TidegateError);
        expect(error).toHaveProperty("code", "TIDEGATE_EVENT_MALFORMED");
      }
    }),
    { numRuns: 3000, seed: 1 },
  );
});
