import { describe, expect, test } from "vitest";
import { lastHop, readAddress } from "./client-address.ts";

describe("readAddress", () => {
  test.each([
    ["203.0.113.7", "203.0.113.7"],
    [" 203.0.113.7 ", "203.0.113.7"],
    ["203.0.113.7:51234", "203.0.113.7"],
    ["2001:db8::1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["[2001:db8::1]:51234", "2001:db8::1"],
    ["::ffff:203.0.113.7", "::ffff:203.0.113.7"],
    ["fe80::1%eth0", "fe80::1%eth0"],
    ["test-invoke-source-ip", undefined],
    ["unknown", undefined],
    ["[2001:db8::1", undefined],
    ["_hidden:80", undefined],
    ["1.2.3.4\r\nx: y", undefined],
    ["", undefined],
    [undefined, undefined],
    [2130706433, undefined],
  ])("%s is %s", (text, expected) => expect(readAddress(text)).toBe(expected));
});

describe("lastHop", () => {
  test.each([
    [undefined, undefined],
    ["203.0.113.7", "203.0.113.7"],
    ["1.1.1.1, 203.0.113.7:80", "203.0.113.7"],
    ["1.1.1.1,", undefined],
  ])("of %s is %s", (text, expected) => expect(lastHop(text)).toBe(expected));
});
