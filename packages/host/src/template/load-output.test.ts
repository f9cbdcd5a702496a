import { expect, it } from "vitest";
import { InstanceOutput } from "../launcher/instance-output.ts";
import { LoadOutput } from "./load-output.ts";

function replayed(load: LoadOutput): string[] {
  const lines: string[] = [];
  const output = new InstanceOutput((stream, line) => lines.push(`${stream}: ${line}`));
  load.replay(output);
  output.read("stdout", Buffer.from("\n"));
  return lines;
}

it("gives each instance all of it, in order, and a begun line for it to end", () => {
  const load = new LoadOutput();
  load.add("stdout", Buffer.from("one\ntw"));
  load.add("stderr", Buffer.from("careful\n"));
  load.add("stdout", Buffer.from("o"));
  const expected = ["stdout: one", "stderr: careful", "stdout: two"];
  expect(replayed(load)).toEqual(expected);
  expect(replayed(load)).toEqual(expected);
});

it("keeps the newest mebibyte, and says what is missing", () => {
  const load = new LoadOutput();
  const line = `${"x".repeat(1023)}\n`;
  for (let count = 0; count < 1030; count++) load.add("stdout", Buffer.from(line));
  const lines = replayed(load);
  expect(lines[0]).toBe(`stderr: [tidegate] the first ${8 * 1024} bytes it wrote are left out`);
  expect(lines).toHaveLength(1 + 1022 + 1);
});
