import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { ask, type CliHost, isAlive, startCliHost, until } from "../takeover/cli-host.ts";

vi.setConfig({ testTimeout: 60_000 });

/** A control group with room for a host and small instances, or null where this user may make none. */
function makeGroup(): string | null {
  const name = `tidegate-test-${process.pid}`;
  for (const [root, limit, swap] of [
    ["/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.swappiness"],
    ["/sys/fs/cgroup", "memory.max", "memory.swap.max"],
  ]) {
    const group = `${root}/${name}`;
    try {
      mkdirSync(group);
      writeFileSync(`${group}/${limit}`, String(300 * 2 ** 20), { flag: "r+" });
      writeFileSync(`${group}/${swap}`, "0", { flag: "r+" });
      return group;
    } catch {
      remove(group);
    }
  }
  return null;
}

function remove(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    // There is none, or it cannot be one.
  }
}

let group: string | null = null;
let host: CliHost | null = null;
afterEach(async () => {
  await host?.destroy();
  if (group === null) return;
  // The kernel lets go of processes a moment after they are gone.
  const procs = `${group}/cgroup.procs`;
  await until(() => readFileSync(procs, "utf8") === "");
  remove(group);
});

const app = `
const { createServer } = require("node:http");
createServer((request, response) => {
  if (request.url !== "/eat") return response.end(String(process.pid));
  const eaten = [];
  const eat = () => { eaten.push(Buffer.alloc(2 ** 23, 1)); setImmediate(eat); };
  eat();
}).listen(process.env.PORT);
`;

test("of an instance that takes all memory: it alone ends, and its end says why", async ({ skip }) => {
  group = process.platform === "linux" ? makeGroup() : null;
  if (group === null) return skip("no control group with a limit of memory can be made here");
  host = await startCliHost({ "app.cjs": app }, ["app.cjs"], {}, `echo $$ > ${group}/cgroup.procs`);
  const first = await ask(host.url);
  expect(JSON.parse(await ask(`${host.url}/eat`))).toMatchObject({ error: { code: "TIDEGATE_INSTANCE_LOST" } });
  const told = await host.line(({ code }) => code === "TIDEGATE_INSTANCE_LOST");
  expect(told.msg).toContain("ended by SIGKILL: memory ran out, so Linux killed it");
  const second = Number(await ask(host.url));
  expect(second).toBeGreaterThan(0);
  expect(second).not.toBe(Number(first));
  expect(isAlive(host.process.pid ?? 0)).toBe(true);
});
