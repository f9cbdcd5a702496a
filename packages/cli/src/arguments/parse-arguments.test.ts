import { describe, expect, test } from "vitest";
import type { Options } from "./option.ts";
import { duration, wholeNumber } from "./option-value.ts";
import { parseArguments } from "./parse-arguments.ts";

const options: Options = {
  port: { kind: "value", value: "N", description: "" },
  json: { kind: "flag", description: "" },
  inspect: { kind: "optional-value", value: "PORT", description: "" },
  idle: { kind: "value", value: "TIME", description: "" },
  policy: { kind: "values", value: "NAME", description: "" },
};

describe("parseArguments reads", () => {
  test.each([
    { name: "a value after a space", argv: ["--port", "80"], values: { port: "80" } },
    { name: "a value after =", argv: ["--port=80"], values: { port: "80" } },
    { name: "the last of repeated options", argv: ["--port", "80", "--port", "81"], values: { port: "81" } },
    { name: "all of repeated values", argv: ["--policy", "a", "--policy=b,c"], values: { policy: "a,b,c" } },
    { name: "a flag", argv: ["--json"], values: { json: "" } },
    { name: "an optional value left out", argv: ["--inspect", "a.js"], values: { inspect: "" }, positionals: ["a.js"] },
    { name: "an optional value", argv: ["--inspect=9000", "a.js"], values: { inspect: "9000" }, positionals: ["a.js"] },
    { name: "-h", argv: ["-h"], values: { help: "" } },
    {
      name: "an argument between options",
      argv: ["--json", "a.js", "--port", "1"],
      values: { json: "", port: "1" },
      positionals: ["a.js"],
    },
    {
      name: "what stands after --",
      argv: ["a.js", "--", "--port", "x"],
      values: {},
      positionals: ["a.js"],
      rest: ["--port", "x"],
    },
    { name: "-- with nothing after it", argv: ["--"], values: {}, rest: [] },
  ])("$name", ({ argv, values, positionals = [], rest = null }) => {
    const parsed = parseArguments(argv, options);
    expect(Object.fromEntries(parsed.options)).toEqual(values);
    expect(parsed.positionals).toEqual(positionals);
    expect(parsed.rest).toEqual(rest);
  });
});

describe("parseArguments refuses", () => {
  test.each([
    {
      name: "an unknown option near a known one",
      argv: ["--prot", "1"],
      message: 'Unknown option "--prot"; did you mean "--port"?',
    },
    { name: "an unknown option like none", argv: ["--verbose"], message: 'Unknown option "--verbose"' },
    { name: "an unknown short option", argv: ["-x"], message: 'Unknown option "-x"' },
    { name: "a name every object has", argv: ["--toString"], message: 'Unknown option "--toString"' },
    { name: "a value left out", argv: ["--port"], message: 'Cannot read option "--port": expected N after it' },
    { name: "an empty value", argv: ["--port="], message: 'Cannot read option "--port": expected N after it' },
    {
      name: "a value of a flag",
      argv: ["--json=yes"],
      message: 'Cannot read option "--json": it takes no value, got "yes"',
    },
  ])("$name", ({ argv, message }) => {
    expect(() => parseArguments(argv, options)).toThrow(expect.objectContaining({ code: "TIDEGATE_USAGE", message }));
  });
});

describe("option values", () => {
  test("are undefined when not given", () => {
    expect(wholeNumber(parseArguments([], options), "port", 0, 9)).toBeUndefined();
    expect(duration(parseArguments([], options), "idle", 0)).toBeUndefined();
  });

  test.each(["x", "-1", "1.5", "70000", "0x10"])("wholeNumber refuses %s", (text) => {
    const parsed = parseArguments([`--port=${text}`], options);
    expect(() => wholeNumber(parsed, "port", 0, 65_535)).toThrow(
      `Cannot read option "--port": expected a whole number from 0 to 65535, got "${text}"`,
    );
  });

  test("duration reads units and refuses what is none", () => {
    expect(duration(parseArguments(["--idle", "2m"], options), "idle", 0)).toBe(120_000);
    expect(() => duration(parseArguments(["--idle", "soon"], options), "idle", 0)).toThrow(
      'Cannot read option "--idle": expected a duration such as "500ms", "30s" or "2m" of at most 24d, got "soon"',
    );
    expect(() => duration(parseArguments(["--idle", "0"], options), "idle", 1)).toThrow(" of at least 1ms");
  });
});
