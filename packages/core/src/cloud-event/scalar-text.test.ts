import { expect, test } from "vitest";
import { scalarText } from "./scalar-text.ts";

test("scalarText is empty for what has no text, or throws when asked", () => {
  expect([scalarText("a"), scalarText(7), scalarText(true)]).toEqual(["a", "7", "true"]);
  expect([undefined, null, [], { toString: [] }].map(scalarText)).toEqual(["", "", "", ""]);
});
