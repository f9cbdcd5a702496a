import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64, decodeUtf8 } from "./base64.ts";
import { decodeCosKey, decodeFormKey } from "./object-key.ts";
import { toTimestamp } from "./timestamp.ts";

test("decodeBase64 reads what Node writes", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decodeBase64(Buffer.from(bytes).toString("base64"))).toEqual([...bytes]);
    }),
  );
  expect(decodeBase64("a-b")).toBeUndefined();
});

test("decodeUtf8 takes signed bytes and refuses what is no UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(decodeUtf8([...new Int8Array(Buffer.from(text))])).toBe(text);
    }),
  );
  for (const bytes of [[0xff], [300], [-129], ["a"], [1.5]]) expect(decodeUtf8(bytes)).toBeUndefined();
});

test("keys are decoded, or kept when they are not encoded", () => {
  expect(decodeFormKey("in/2026+report%281%29.csv")).toBe("in/2026 report(1).csv");
  expect(decodeFormKey("100%+a")).toBe("100%+a");
  expect(decodeCosKey("/1250000000/inbox/in/a%20b.csv")).toBe("in/a b.csv");
  expect(decodeCosKey("in/100%.csv")).toBe("in/100%.csv");
});

test.each([
  { value: 1781428532417, expected: "2026-06-14T09:15:32.417Z" },
  { value: "1781428532417", expected: "2026-06-14T09:15:32.417Z" },
  { value: new Date(0), expected: "1970-01-01T00:00:00.000Z" },
  { value: "2026-06-14T17:15:00+08:00", expected: "2026-06-14T17:15:00+08:00" },
  { value: "2026-06-14T09:21:07.003Z+08:00", expected: "2026-06-14T09:21:07.003+08:00" },
  { value: "Sun Jun 14 2026", expected: undefined },
  { value: "2026-06-14T09:15:32Z\r\nx: y", expected: undefined },
  { value: Number.NaN, expected: undefined },
  { value: -1, expected: undefined },
  { value: 1e300, expected: undefined },
  { value: new Date(Number.NaN), expected: undefined },
  { value: null, expected: undefined },
])("toTimestamp of $value", ({ value, expected }) => {
  expect(toTimestamp(value)).toBe(expected);
});
