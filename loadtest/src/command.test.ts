import { describe, expect, it } from "vitest";
import { type CommandHelp, parseCommand, type Runnable } from "./command.ts";

const help: CommandHelp<Runnable> = {
  usage: "pnpm bench",
  noun: "bench",
  runnables: [
    { name: "gateway", summary: "Requests per second." },
    { name: "adapter", summary: "Time per call." },
  ],
  duration: "seconds of one run",
  hasRounds: true,
};

describe("parseCommand", () => {
  it("finds the runnable and leaves its defaults alone", () => {
    expect(parseCommand(["adapter"], help)).toEqual({
      kind: "run",
      runnable: help.runnables[1],
      isJson: false,
      options: { seconds: null, connections: null, rounds: null, row: null },
    });
  });

  it("reads options in any place", () => {
    const command = parseCommand(
      ["--json", "--duration", "0.5", "gateway", "--connections=8", "--rounds", "3", "--row=a"],
      help,
    );
    expect(command).toMatchObject({ isJson: true, options: { seconds: 0.5, connections: 8, rounds: 3, row: "a" } });
  });

  it.each<[name: string, argv: string[], text: string]>([
    ["no name", [], "Cannot run a bench: no name given, known are gateway, adapter"],
    ["an unknown name", ["gatway"], 'Cannot run bench "gatway": known are gateway, adapter'],
    ["two names", ["gateway", "adapter"], 'Cannot run more than one bench at a time: "gateway" "adapter"'],
    ["a duration of no length", ["gateway", "--duration", "0"], 'Cannot use --duration "0": not a number above 0'],
    ["a duration in words", ["gateway", "--duration", "long"], 'Cannot use --duration "long": not a number above 0'],
    [
      "half a connection",
      ["gateway", "--connections", "1.5"],
      'Cannot use --connections "1.5": not a whole number above 0',
    ],
    ["an unknown option", ["gateway", "--fast"], "Unknown option '--fast'"],
  ])("refuses %s", (_name, argv, text) => {
    const command = parseCommand(argv, help);
    expect(command.kind).toBe("error");
    if (command.kind === "error") expect(command.text.startsWith(text)).toBe(true);
  });

  it("has rounds only where there are some", () => {
    expect(parseCommand(["gateway", "--rounds", "3"], { ...help, hasRounds: false }).kind).toBe("error");
  });

  it("lists all in its help", () => {
    const command = parseCommand(["--help"], help);
    expect(command.kind).toBe("help");
    if (command.kind === "help") expect(command.text).toContain("  adapter  Time per call.\n");
  });
});
