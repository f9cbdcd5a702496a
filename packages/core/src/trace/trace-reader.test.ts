import { describe, expect, it } from "vitest";
import type { InvocationRecord } from "../invocation.ts";
import { csvFields } from "./csv-fields.ts";
import { recordHead, recordLine } from "./record-line.ts";
import { type Trace, traceInvocations } from "./trace.ts";
import { TraceReader } from "./trace-reader.ts";

function read(text: string, pieceLength = text.length + 1): Trace {
  const reader = new TraceReader("x.csv");
  for (let start = 0; start < text.length; start += pieceLength) reader.push(text.slice(start, start + pieceLength));
  return reader.end();
}

/** By function: when each invocation arrived, and how long it took. */
function rows({ functions }: Trace): Record<string, [number, number][]> {
  return Object.fromEntries(
    functions.map((fn) => [fn.name, [...traceInvocations(fn)].map(({ at, serviceMs }) => [at, serviceMs] as const)]),
  ) as Record<string, [number, number][]>;
}

const azure = "app,func,end_timestamp,duration\na,f,3.5,0.5\na,g,1.25,1.25\na,f,2,1.5\n";

describe("TraceReader", () => {
  it("reads comma-separated values of the Azure trace: arrivals are ends less durations, in order", () => {
    const trace = read(azure);
    expect(rows(trace)).toEqual({
      "a/f": [
        [500, 1_500],
        [3_000, 500],
      ],
      "a/g": [[0, 1_250]],
    });
    expect(trace).toMatchObject({ invocations: 3, durationMs: 3_000, unserved: 0 });
  });

  it.each([1, 2, 7, 31])("reads the same in pieces of %d", (pieceLength) => {
    expect(read(azure, pieceLength)).toEqual(read(azure));
  });

  it("takes other columns, any order, quotes, a byte order mark, CRLF and no last line end", () => {
    const text = '\uFEFFduration,note,func,app,end_timestamp\r\n0.5,"a, ""b""","f",a,3.5\r\n\r\n1e-1,,f,a,4';
    expect(rows(read(text))).toEqual({
      "a/f": [
        [0, 500],
        [900, 100],
      ],
    });
  });

  it("reads an end before the trace's beginning, as of what began earlier", () => {
    expect(rows(read("app,func,end_timestamp,duration\na,f,-1,2\na,f,0,0\n"))).toEqual({
      "a/f": [
        [0, 2_000],
        [3_000, 0],
      ],
    });
  });

  it("keeps more rows than it had room for, in order of arrival", () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => `${(index * 617) % 1_000},shop,1,0,0,0,200\n`);
    const { at } = read(recordHead + lines.join("")).functions[0] ?? { at: [] };
    expect([...at]).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
  });

  it("reads a million rows in seconds", () => {
    const reader = new TraceReader("large");
    reader.push(recordHead);
    const began = performance.now();
    for (let block = 0; block < 1_000; block += 1) {
      const lines = Array.from({ length: 1_000 }, (_, index) => `${block * 1_000 + index}.5,shop,12.345,0,0,0,200\n`);
      reader.push(lines.join(""));
    }
    expect(reader.end().invocations).toBe(1_000_000);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it.each<[name: string, text: string, state: string]>([
    ["nothing", "", "it is empty"],
    ["an empty first line", "\n", "line 1 is empty"],
    ["first lines alone", azure.slice(0, azure.indexOf("\n") + 1), "it has no invocations"],
    [
      "another first line",
      "time,name\n1,a\n",
      'line 1 names neither the columns "at_ms,function,service_ms" nor "app,func,end_timestamp,duration"',
    ],
    ["a field too few", `${azure}a,f,1\n`, "line 5 has 3 fields, 4 expected"],
    ["one field", `${azure}a\n`, "line 5 has 1 field, 4 expected"],
    ["a field too many", `${azure}a,f,1,2,3\n`, "line 5 has 5 fields, 4 expected"],
    ["quotes that do not fit", `${azure}a,"f,1,2\n`, "line 5 has quotes that do not fit"],
    ["no app", `${azure},f,1,2\n`, "line 5 has no app"],
    ["no func", `${azure}a,,1,2\n`, "line 5 has no func"],
    [
      "an end that is no number",
      `${azure}a,f,soon,2\n`,
      'line 5 has an end_timestamp that is not a number of seconds: "soon"',
    ],
    ["an empty end", `${azure}a,f,,2\n`, 'line 5 has an end_timestamp that is not a number of seconds: ""'],
    ["hexadecimal", `${azure}a,f,0x1,2\n`, 'line 5 has an end_timestamp that is not a number of seconds: "0x1"'],
    [
      "too large a number",
      `${azure}a,f,1,1e999\n`,
      'line 5 has a duration that is not 0 or a positive number of seconds: "1e999"',
    ],
    [
      "a negative duration",
      `${azure}a,f,1,-2\n`,
      'line 5 has a duration that is not 0 or a positive number of seconds: "-2"',
    ],
    ["a torn last line of what is no recording", `${azure}a,f,1`, "line 5 has 3 fields, 4 expected"],
    ["a line without an end", `${azure}${"a".repeat(70_000)}`, "line 5 has no end"],
    ["a first line without an end", "a".repeat(70_000), "line 1 has no end"],
    [
      "a recording with a wrong time",
      `${recordHead}x,shop,1,0,0,0,200\n`,
      'line 2 has an at_ms that is not a number of milliseconds: "x"',
    ],
    ["a recording without a function", `${recordHead}1,,1,0,0,0,200\n`, "line 2 has no function"],
    [
      "a recording with a negative time",
      `${recordHead}1,shop,-1,0,0,0,200\n`,
      'line 2 has a service_ms that is not 0 or a positive number of milliseconds: "-1"',
    ],
    [
      "a torn line in the middle of a recording",
      `${recordHead}1,shop,1\n2,shop,1,0,0,0,200\n`,
      "line 2 has 3 fields, 7 expected",
    ],
  ])("refuses %s", (_name, text, state) => {
    const error = expect.objectContaining({
      code: "TIDEGATE_TRACE_INVALID",
      message: `Cannot read trace "x.csv": ${state}`,
    });
    expect(() => read(text)).toThrow(error);
  });
});

describe("a recording", () => {
  const record: InvocationRecord = {
    requestId: "1",
    function: "shop",
    revision: "r1",
    instance: "shop-r1-1",
    method: "GET",
    target: "/secret?key=1",
    protocol: "http/1.1",
    traceId: null,
    startedAt: 1_763_748_000_123.4,
    status: 200,
    durationMs: 92.545,
    queueMs: 0,
    startMs: 80.2,
    coldStart: true,
    replays: 0,
    requestBytes: 0,
    responseBytes: 0,
    error: null,
  };

  it("has a line for each invocation, with what a simulation needs", () => {
    expect(recordLine(record)).toBe("1763748000123.4,shop,12.345,0,80.2,1,200\n");
    expect(recordLine({ ...record, startMs: 100 })).toBe("1763748000123.4,shop,0,0,100,1,200\n");
    expect(recordLine({ ...record, function: "" })).toBeNull();
  });

  it("is read back, without what never reached an instance", () => {
    const later = { ...record, startedAt: record.startedAt + 1_000 };
    const refused = { ...later, instance: null, status: 503 };
    const lines = [later, record, refused].map(recordLine);
    const trace = read(recordHead + lines.join(""));
    expect(rows(trace)).toEqual({
      shop: [
        [0, expect.closeTo(12.345, 9)],
        [1_000, expect.closeTo(12.345, 9)],
      ],
    });
    expect(trace.unserved).toBe(1);
  });

  it("may be torn where a host was killed: at the end, and before the next one goes on", () => {
    const line = recordLine(record);
    expect(read(`${recordHead}${line}17637480001`).invocations).toBe(1);
    expect(read(`${recordHead}${line}17637480001\n${recordHead}${line}`).invocations).toBe(2);
    expect(read(`${recordHead}${line}${recordHead}${line}1763748000123.4,shop,12.345,0,80.2,1,20`).invocations).toBe(2);
  });
});

it.each<[line: string, fields: string[] | null]>([
  ["", [""]],
  ["a,,b", ["a", "", "b"]],
  ['"a","b,c"', ["a", "b,c"]],
  ['"a""b",', ['a"b', ""]],
  ['a"b', null],
  ['"a', null],
  ['"a"b', null],
])("csvFields(%j)", (line, fields) => {
  expect(csvFields(line)).toEqual(fields);
});
