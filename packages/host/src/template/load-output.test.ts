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

it("lets Node's warnings name the instance, and nothing else", () => {
  const load = new LoadOutput();
  load.add("stderr", Buffer.from([0xff, 0x0a]));
  load.add("stderr", Buffer.from("(node:41) [DEP0040] Warning: pid 41\n(node:412) Warning: other\n"));
  const lines: string[] = [];
  load.replay(new InstanceOutput((_stream, line) => lines.push(line)), { template: 41, instance: 7 });
  expect(lines).toEqual(["\ufffd", "(node:7) [DEP0040] Warning: pid 41", "(node:412) Warning: other"]);
});

it("keeps the newest mebibyte, and says what is missing", () => {
  const load = new LoadOutput();
  const line = `${"x".repeat(1023)}\n`;
  for (let count = 0; count < 1030; count++) load.add("stdout", Buffer.from(line));
  const lines = replayed(load);
  expect(lines[0]).toBe(`stderr: [tidegate] the first ${8 * 1024} bytes it wrote are left out`);
  expect(lines).toHaveLength(1 + 1022 + 1);
});
