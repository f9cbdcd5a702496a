import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const chaos: string = fileURLToPath(new URL("../../loadtest/src/chaos.ts", import.meta.url));

/** The same requests and faults each time; what they meet is another matter. */
const options = ["--short", "--seed", "11", "--json"];

// It looks at processes through /proc.
it.runIf(process.platform === "linux")(
  "no request is lost and nothing is left while instances die, functions change and the host is upgraded",
  {
    timeout: 240_000,
  },
  async () => {
    const { code, stdout, stderr } = await new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, [chaos, ...options], { maxBuffer: 64 * 1024 * 1024 }, (error, out, err) => {
        resolve({ code: error === null ? 0 : (error.code ?? error.signal), stdout: out, stderr: err });
      });
    });
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    const { requests, violations, problems, faults } = JSON.parse(stdout);
    expect({ violations, problems }).toEqual({ violations: 0, problems: [] });
    expect(requests).toBeGreaterThan(2_000);
    for (const { fault, count } of faults) expect({ fault, isDone: count > 0 }).toEqual({ fault, isDone: true });
  },
);
