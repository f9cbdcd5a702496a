import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = join(import.meta.dirname, "testing/run-calls.ts");

test("every function of the table is an effect where its row says so", async () => {
  // Standard input is a pipe here: there is something to read.
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  const { results, missing } = JSON.parse(stdout) as { results: Record<string, string>; missing: string[] };

  const wrong = Object.entries(results).filter(([call, effect]) => !call.startsWith(`${effect}: `));
  expect(wrong).toEqual([]);
  expect(missing).toEqual([]);
  expect(Object.keys(results).length).toBeGreaterThan(200);
});
