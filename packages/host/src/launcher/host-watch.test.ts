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

/** A host with 1,000 groups that come and go, of which one number comes again before it was let go, and one group that is. */
const busyHostProgram = `
import { spawn } from "node:child_process";
const { endWithHost } = await import(${JSON.stringify(watchUrl)});
const again = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
const released = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
const first = endWithHost(again.pid);
const releases = [endWithHost(released.pid), ...Array.from({ length: 1000 }, (_, at) => endWithHost(5_000_000 + at))];
setImmediate(() => {
  setImmediate(() => {
    for (const release of releases) release();
    endWithHost(again.pid);
    first();
    console.log(JSON.stringify([again.pid, released.pid]));
  });
});
setInterval(() => {}, 1000);
`;

it.runIf(process.platform === "linux")("ends the groups that are held, of thousands, and no others", async () => {
  const host = spawn(process.execPath, ["--input-type=module", "--eval", busyHostProgram], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [again, released] = await new Promise<[number, number]>((resolve, reject) => {
    host.stdout.once("data", (chunk) => resolve(JSON.parse(String(chunk))));
    host.once("exit", () => reject(new Error("The host ended by itself")));
  });
  const watch = await watchOf(host.pid, 0);
  host.kill("SIGKILL");
  await until(async () => isEnding(again) && isEnding(watch));
  expect(isEnding(released)).toBe(false);
  process.kill(released, "SIGKILL");
});

/** A host that has no descriptor left when its first group comes, and some when the second one does. */
const poorHostProgram = `
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
const { endWithHost } = await import(${JSON.stringify(watchUrl)});
const groups = [0, 1].map(() => spawn("sleep", ["1000"], { detached: true, stdio: "ignore" }).pid);
const open = [];
try {
  for (;;) open.push(openSync("/dev/null"));
} catch {}
endWithHost(groups[0]);
setImmediate(() => setImmediate(() => setImmediate(() => {
  for (const each of open) closeSync(each);
  endWithHost(groups[1]);
  console.log(JSON.stringify(groups));
})));
setInterval(() => {}, 1000);
`;

it.runIf(process.platform === "linux")(
  "is tried again with the next group when the system refused it",
  async () => {
    const command = `ulimit -n 60; exec "$0" --input-type=module --eval "$1"`;
    const host = spawn("sh", ["-c", command, process.execPath, poorHostProgram], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const groups = await new Promise<number[]>((resolve, reject) => {
      host.stdout.once("data", (chunk) => resolve(JSON.parse(String(chunk))));
      host.once("exit", () => reject(new Error("The host ended by itself")));
    });
    const watch = await watchOf(host.pid, 0);
    host.kill("SIGKILL");
    await until(async () => [...groups, watch].every(isEnding));
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
