import { expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

test.each([
  { name: "milliseconds", text: "500ms", ms: 500 },
  { name: "seconds", text: "30s", ms: 30_000 },
  { name: "a fraction of minutes", text: "1.5m", ms: 90_000 },
  { name: "hours", text: "2h", ms: 7_200_000 },
  { name: "a day", text: "1d", ms: 86_400_000 },
  { name: "a number", text: 250, ms: 250 },
  { name: "digits", text: "250", ms: 250 },
  { name: "zero", text: "0", ms: 0 },
  { name: "an unknown unit", text: "3w", ms: null },
  { name: "two units", text: "1m30s", ms: null },
  { name: "a minus", text: "-1s", ms: null },
  { name: "nothing", text: "", ms: null },
  { name: "longer than a timer waits", text: "25d", ms: null },
  { name: "no number", text: Number.NaN, ms: null },
])("parseDuration reads $name", ({ text, ms }) => {
  expect(parseDuration(text)).toBe(ms);
});
