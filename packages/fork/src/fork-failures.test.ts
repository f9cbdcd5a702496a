import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { TestTemplate } from "./testing/test-template.ts";

/** Changes a limit of a process that runs. */
function limit(pid: number | undefined, setting: string): void {
  execFileSync("prlimit", ["--pid", String(pid), setting]);
}

test("a fork that the system refuses is told with its code, and the next one works", async () => {
  const template = await TestTemplate.start("park(); tell(1);");
  // No address space for one more process: the kernel answers as when memory is short.
  limit(template.process.pid, "--as=1");
  await expect(template.fork()).rejects.toMatchObject({ type: "failed", call: "fork", code: "ENOMEM" });
  limit(template.process.pid, "--as=unlimited");
  expect(await (await template.fork()).next()).toBe(1);
  await template.stop();
});

test("descriptors that were lost on the way fail the order, and leave none open", async () => {
  const template = await TestTemplate.start("park(); tell(1);");
  const open = (): number => readdirSync(`/proc/${template.process.pid}/fd`).length;
  const before = open();
  limit(template.process.pid, `--nofile=${before + 2}:4096`);
  await expect(template.fork()).rejects.toMatchObject({ type: "failed", call: "recvmsg", code: "EBADF" });
  expect(open()).toBe(before);
  limit(template.process.pid, "--nofile=4096:4096");
  expect(await (await template.fork()).next()).toBe(1);
  await template.stop();
});

test("a stopped template does not hold the host up", async () => {
  const template = await TestTemplate.start("park(); tell(1);");
  template.process.kill("SIGSTOP");
  const forked = template.fork();
  template.process.kill("SIGCONT");
  expect(await (await forked).next()).toBe(1);
  await template.stop();
});
