import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const run = promisify(execFile);
const preload = fileURLToPath(new URL("./preload.cjs", import.meta.url));

const SUITE_TIMEOUT_MS = 20_000;

/** Runs a suite of somebody else in a process of its own, and returns what it printed. */
async function runSuite(suite: string, flag: string, shape: string): Promise<string> {
  const path = fileURLToPath(new URL(`./fixtures/${suite}`, import.meta.url));
  const env = { ...process.env, TIDEGATE_PARITY_SHAPE: shape, NODE_OPTIONS: "" };
  // The suite's process inherits the flags, as that of any runner that forks does.
  const { stdout } = await run(process.execPath, [flag, preload, "--test-reporter=tap", "--test", path], {
    env,
    timeout: SUITE_TIMEOUT_MS,
  });
  return stdout;
}

describe("preload", () => {
  test.each([
    ["plain", "Host"],
    ["aws-http-v2", "host"],
    ["alibaba-fc3", "X-Probe"],
    ["web", "host"],
  ])("a CommonJS suite passes unchanged through %s", async (shape, header) => {
    const output = await runSuite("cjs-suite/suite.test.cjs", "--require", shape);
    expect(output).toContain("# fail 0");
    expect(output).toContain("# pass 3");
    const seen = /SEEN (\{.*\})/.exec(output)?.[1] ?? "{}";
    expect(JSON.parse(seen).names).toContain(header);
  });

  test.each([
    ["plain", "X-Probe"],
    ["aws-rest", "X-Probe"],
    ["huawei-apig", "x-real-ip"],
    ["web", "x-probe"],
  ])("a suite of ES modules passes unchanged through %s", async (shape, header) => {
    const output = await runSuite("esm-suite/suite.test.mjs", "--import", shape);
    expect(output).toContain("# fail 0");
    expect(output).toContain("# pass 3");
    const seen = /SEEN (\[.*\])/.exec(output)?.[1] ?? "[]";
    expect(JSON.parse(seen)).toContain(header);
  });

  test("an unknown shape is told, with those there are", async () => {
    await expect(runSuite("cjs-suite/suite.test.cjs", "--require", "aws-http-v3")).rejects.toThrow(/aws-http-v2/);
  });
});
