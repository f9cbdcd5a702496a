import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { memoryOf } from "./process-memory.ts";
import { descendantsOf, exists } from "./process-tree.ts";

const isLinux = process.platform === "linux";

it.runIf(isLinux)("descendantsOf finds children of children, until they end", async () => {
  const child = spawn("sh", ["-c", "sleep 60 & echo $!; wait"], { stdio: ["ignore", "pipe", "ignore"] });
  const [text] = await once(child.stdout, "data");
  const grandchild = Number(String(text));
  expect(descendantsOf(process.pid)).toEqual(expect.arrayContaining([child.pid, grandchild]));
  expect(exists(grandchild)).toBe(true);
  process.kill(grandchild);
  await once(child, "exit");
  expect(descendantsOf(process.pid)).not.toContain(child.pid);
});

it.runIf(isLinux)("memoryOf divides what is shared, and knows nothing of a process that is gone", () => {
  const memory = memoryOf(process.pid);
  expect(memory?.own).toBeGreaterThan(0);
  expect(memory?.proportional).toBeGreaterThanOrEqual(memory?.own ?? 0);
  expect(memory?.resident).toBeGreaterThanOrEqual(memory?.proportional ?? 0);
  expect(memoryOf(2 ** 30)).toBe(null);
});
