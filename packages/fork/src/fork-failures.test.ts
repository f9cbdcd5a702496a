import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { TestTemplate, testedNode } from "./testing/test-template.ts";

/** Changes the soft limit of a process that runs, as the user it belongs to. */
function limit(pid: number | undefined, name: "nproc" | "nofile", value: number | string, uid?: number): void {
  execFileSync("prlimit", ["--pid", String(pid), `--${name}=${value}:`], uid === undefined ? {} : { uid });
}

function hardLimit(pid: number | undefined, name: string): string {
  return new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, "m").exec(readFileSync(`/proc/${pid}/limits`, "utf8"))?.[1] ?? "";
}

/** A user who may be kept from forking: root may not. */
const uid = process.getuid?.() === 0 ? 65_534 : undefined;

function canRunAs(user: number | undefined): boolean {
  return user === undefined || spawnSync(testedNode, ["-e", ""], { uid: user }).status === 0;
}

test.skipIf(!canRunAs(uid))(
  "a fork that the system refuses is told with its code, and the next one works",
  async () => {
    const template = await TestTemplate.start("park(); tell(1);", { uid });
    const { pid } = template.process;
    limit(pid, "nproc", 1, uid);
    await expect(template.fork()).rejects.toMatchObject({ type: "failed", call: "vfork", code: "EAGAIN" });
    // One more process is the one in the middle; its own fork is refused.
    limit(pid, "nproc", readdirSync(`/proc/${pid}/task`).length + 1, uid);
    if (uid !== undefined) await expect(template.fork()).rejects.toMatchObject({ call: "fork", code: "EAGAIN" });
    limit(pid, "nproc", hardLimit(pid, "Max processes"), uid);
    expect(await (await template.fork()).next()).toBe(1);
    await template.stop();
  },
);

test("descriptors that were lost on the way fail the order, and leave none open", async () => {
  const template = await TestTemplate.start("park(); tell(1);");
  const open = (): number[] => readdirSync(`/proc/${template.process.pid}/fd`).map(Number);
  const before = open();
  const free = Array.from({ length: before.length + 3 }, (_, fd) => fd).filter((fd) => !before.includes(fd));
  // Room for two of three.
  limit(template.process.pid, "nofile", free[2] ?? 0);
  await expect(template.fork()).rejects.toMatchObject({ type: "failed", call: "recvmsg", code: "EBADF" });
  expect(open()).toEqual(before);
  limit(template.process.pid, "nofile", hardLimit(template.process.pid, "Max open files"));
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
