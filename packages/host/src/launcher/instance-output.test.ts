import { expect, it } from "vitest";
import { InstanceOutput } from "./instance-output.ts";

it("tells each line, and at the end what stands there without a line end", () => {
  const told: string[] = [];
  const output = new InstanceOutput((stream, line) => told.push(`${stream}: ${line}`));
  output.read("stdout", Buffer.from("one\r\ntw"));
  output.read("stderr", Buffer.from("careful\n"));
  output.read("stdout", Buffer.from("o\nthe last wor"));
  output.read("stdout", Buffer.from("ds"));
  output.end();
  output.end();
  expect(told).toEqual(["stdout: one", "stderr: careful", "stdout: two", "stdout: the last words"]);
  expect(output.lastWords()).toEqual(["one", "careful", "two", "the last words"]);
});
