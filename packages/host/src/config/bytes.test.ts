import { expect, test } from "vitest";
import { parseBytes } from "./bytes.ts";

test.each([
  { value: 512, size: 512 },
  { value: "512", size: 512 },
  { value: "512b", size: 512 },
  { value: "64kb", size: 65_536 },
  { value: "64 KiB", size: 65_536 },
  { value: "1.5m", size: 1_572_864 },
  { value: "2GB", size: 2_147_483_648 },
  { value: "1t", size: 1_099_511_627_776 },
  { value: "", size: null },
  { value: "mb", size: null },
  { value: "-1kb", size: null },
  { value: -1, size: null },
  { value: "1e3", size: null },
  { value: "9999999tb", size: null },
])("parseBytes reads $value as $size", ({ value, size }) => {
  expect(parseBytes(value)).toBe(size);
});
