import { execFile, spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { isEnding } from "./is-ending.ts";

const watchUrl = new URL("host-watch.ts", import.meta.url).href;

/** A host with one process group, which nothing but the watch ends when the host is killed. */
const hostProgram = `
import { spawn } from "node:child_process";
const { endWithHost } = await import(${JSON.stringify(watchUrl)});
const group = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
endWithHost(group.pid);
console.log(group.pid);
setInterval(() => {}, 1000);
`;

it.runIf(process.platform === "linux")(
  "a watch that was killed is followed by one that knows what to end",
  async () => {
    const host = spawn(process.execPath, ["--input-type=module", "--eval", hostProgram], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const group = await new Promise<number>((resolve, reject) => {
      host.stdout.once("data", (chunk) => resolve(Number(chunk)));
      host.once("exit", () => reject(new Error("The host ended by itself")));
    });
    const first = await watchOf(host.pid, 0);
    // One that ends within its first second is not started again at once.
    await pause(1_100);
    process.kill(first, "SIGKILL");
    const second = await watchOf(host.pid, first);
    expect(isEnding(group)).toBe(false);
    host.kill("SIGKILL");
    await until(async () => isEnding(group) && isEnding(second));
  },
  20_000,
);

/** Process id of the watch of a host, another one than before. */
async function watchOf(host: number | undefined, before: number): Promise<number> {
  let found = before;
  await until(async () => {
    const { stdout } = await promisify(execFile)("pgrep", ["-P", String(host), "-f", "tidegate-watch"]).catch(() => ({
      stdout: "",
    }));
    found = Number(stdout.trim().split("\n")[0]);
    return found > 0 && found !== before;
  });
  return found;
}

/** For what nothing tells of: processes of processes. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await pause(10);
}
