import { expect, it } from "vitest";
import { traceIdOf } from "./trace-context.ts";

const id = "0af7651916cd43dd8448eb211c80319c";
const parent = "b7ad6b7169203331";

it.each<[name: string, lines: string, traceId: string | null]>([
  ["a valid one among others", `Host: a\r\ntraceparent: 00-${id}-${parent}-01\r\ntracestate: a=b\r\n`, id],
  ["a name in any case, with blanks around the value", `TraceParent:\t 00-${id}-${parent}-00 \t\r\n`, id],
  ["one without blanks", `traceparent:00-${id}-${parent}-01\r\n`, id],
  ["a later version", `traceparent: 01-${id}-${parent}-01\r\n`, id],
  ["a later version with more members", `traceparent: cc-${id}-${parent}-01-What.Ever\r\n`, id],
  ["none", "Host: a\r\nx-traceparent: 00\r\n", null],
  ["no lines", "", null],
  ["an empty one", "traceparent:\r\n", null],
  ["capital digits", `traceparent: 00-${id.toUpperCase()}-${parent}-01\r\n`, null],
  ["version ff", `traceparent: ff-${id}-${parent}-01\r\n`, null],
  ["version 00 with more members", `traceparent: 00-${id}-${parent}-01-more\r\n`, null],
  ["a later version with more but no hyphen", `traceparent: 01-${id}-${parent}-011\r\n`, null],
  ["a trace id of zeros", `traceparent: 00-${"0".repeat(32)}-${parent}-01\r\n`, null],
  ["a parent id of zeros", `traceparent: 00-${id}-${"0".repeat(16)}-01\r\n`, null],
  ["a short trace id", `traceparent: 00-${id.slice(1)}-${parent}-01\r\n`, null],
  ["no flags", `traceparent: 00-${id}-${parent}\r\n`, null],
  ["digits that are none", `traceparent: 00-${id.slice(1)}g-${parent}-01\r\n`, null],
  ["two, even when they agree", `traceparent: 00-${id}-${parent}-01\r\ntraceparent: 00-${id}-${parent}-01\r\n`, null],
])("traceIdOf reads %s", (_name, lines, traceId) => {
  expect(traceIdOf(lines)).toBe(traceId);
});
