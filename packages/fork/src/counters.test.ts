import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { expect, test } from "vitest";
import { addonPath } from "./addon-path.ts";
import { requireForking, TestTemplate } from "./testing/test-template.ts";

const forking = requireForking();

test("counters begin at 0, and processes add to them at once without losing any", async () => {
  const { descriptor, memory } = forking.createCounters(4);
  const counters = new BigInt64Array(memory);
  expect([...counters]).toEqual([0n, 0n, 0n, 0n]);
  const script = `const counters = new BigInt64Array(require(${JSON.stringify(addonPath())}).openCounters(3));
    for (let i = 0; i < 200000; i++) Atomics.add(counters, 1, 1n); Atomics.add(counters, 2, 2n ** 40n);`;
  const children = [0, 1, 2].map(() =>
    spawn(process.execPath, ["-e", script], { stdio: ["ignore", "ignore", "inherit", descriptor] }),
  );
  for (const end of await Promise.all(children.map((child) => once(child, "exit")))) expect(end).toEqual([0, null]);
  expect([...counters]).toEqual([0n, 600_000n, 3n * 2n ** 40n, 0n]);
  closeSync(descriptor);
  expect(counters[1]).toBe(600_000n);
});

test("a forked child shares them with its template, its siblings and the host", async () => {
  const { descriptor, memory } = forking.createCounters(1);
  const program = `
    const fd = require("node:fs").openSync("/proc/${process.pid}/fd/${descriptor}", "r+");
    const counters = new BigInt64Array(forking.openCounters(fd));
    park(); Atomics.add(counters, 0, 5n);`;
  const template = await TestTemplate.start(program);
  const ends = [];
  for (let i = 0; i < 3; i++) ends.push((await template.fork()).ended);
  await Promise.all(ends);
  expect(new BigInt64Array(memory)[0]).toBe(15n);
  await template.stop();
  closeSync(descriptor);
});

test("the memory stays while JavaScript holds it, and the file cannot be shrunk", () => {
  const { descriptor, memory } = forking.createCounters(1024);
  const again = forking.openCounters(descriptor);
  expect(again.byteLength).toBe(8192);
  const path = `/proc/self/fd/${descriptor}`;
  expect(() => openSync(path, "w")).toThrow("EPERM"); // would cut it to nothing
  closeSync(descriptor);
  new BigInt64Array(memory)[7] = 7n;
  expect(new BigInt64Array(again)[7]).toBe(7n);
});

test.each([0, -1, 1.5, Number.POSITIVE_INFINITY, "4"])("refuses to make %s", (count) => {
  expect(() => forking.createCounters(count as number)).toThrow(TypeError);
});

test("refuses too many, and files that are no counters", () => {
  expect(() => forking.createCounters(2 ** 21)).toThrow(expect.objectContaining({ code: "EINVAL" }));
  const file = openSync("/etc/passwd", "r");
  expect(() => forking.openCounters(file)).toThrow(expect.objectContaining({ code: "EINVAL", syscall: "fcntl" }));
  closeSync(file);
  expect(() => forking.openCounters(2 ** 30)).toThrow(expect.objectContaining({ code: "EBADF" }));
});
