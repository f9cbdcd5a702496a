import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { InstanceInfo, TemplateInfo } from "@tidegate/core";
import { askHosts } from "@tidegate/host";
import { freePort } from "../../examples/harness/free-port.ts";
import { ask, type CliHost, startCliHost, until } from "../takeover/cli-host.ts";

/** What a host says of its only function. */
interface Told {
  readonly hostPid: number;
  readonly instances: readonly InstanceInfo[];
  readonly template: TemplateInfo;
}

/** A host process with one function, of which parts are killed. */
export interface World {
  readonly cli: CliHost;
  readonly url: string;
  /** What the host that serves now says; that of a host that was killed is never asked for. */
  told(): Promise<Told>;
  /** Resolves once the template waits at its fork point, with its process id. */
  parked(): Promise<number>;
  /** Resolves with the first instance in this state. */
  instance(state: InstanceInfo["state"]): Promise<InstanceInfo>;
  /** Asks; resolves with the process id of the instance that answered. */
  served(path?: string): Promise<number>;
  /** Starts another host on the port of the one that was killed. */
  startAgain(): Promise<void>;
}

/** One process, as `/proc` shows it. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly state: string;
}

const app = `
const { spawn } = require("node:child_process");
const { createServer } = require("node:http");
createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://app");
  if (pathname === "/child") spawn("sleep", ["1000"], { stdio: "ignore" });
  if (pathname === "/left-behind") spawn("sleep", ["1"], { stdio: "ignore", detached: true }).unref();
  setTimeout(() => response.end(String(process.pid)), Number(searchParams.get("ms")));
}).listen(process.env.PORT);
`;

/**
 * Starts a host whose function is forked from a template.
 *
 * @param settings of the function, as lines of tidegate.yaml
 * @param load code that runs before the app's own
 * @param max instances at most
 */
export async function startWorld(settings: readonly string[] = [], load = "", max = 8): Promise<World> {
  const port = await freePort();
  const yaml = [
    `gateway: { port: ${port} }`,
    "functions:",
    "  app:",
    ...["entry: app.cjs", "concurrency: 1", `scaling: { max: ${max} }`, ...settings].map((line) => `    ${line}`),
  ];
  const cli = await startCliHost({ "app.cjs": load + app, "tidegate.yaml": `${yaml.join("\n")}\n` });
  const url = `http://127.0.0.1:${port}`;
  const told = async (): Promise<Told> => {
    const reports = await askHosts(join(cli.folder, "run/tidegate"));
    const report = reports.find(({ ok }) => ok);
    const template = report?.ok ? report.functions[0]?.template : undefined;
    if (!report?.ok || template === undefined) throw new Error(`No host tells: ${JSON.stringify(reports)}`);
    return { hostPid: report.host.pid, instances: report.instances, template };
  };
  return {
    cli,
    url,
    told,
    parked: () =>
      found(async () => {
        const { template } = await told();
        return template.state === "parked" ? template.pid : null;
      }),
    instance: (state) => found(async () => (await told()).instances.find((each) => each.state === state) ?? null),
    served: async (path = "/") => Number(await ask(`${url}${path}`)),
    startAgain: async () => {
      cli.startAgain();
      await until(async () => (await told().catch(() => null)) !== null);
    },
  };
}

/** Kills at once, as the kernel or an operator does. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // What was killed before may have taken it along.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Resolves once none of these processes is left, not even as a zombie of a parent of ours. */
export async function allGone(pids: readonly number[]): Promise<void> {
  // What the host's end orphans is for the system's first process to reap.
  const isLeft = ({ pid, state, parent }: Process): boolean => pids.includes(pid) && !(state === "Z" && parent === 1);
  await until(() => !processes().some(isLeft));
}

/** Processes that have ended and that this one, or one of its children, has not yet waited for. */
export function zombiesOf(parents: readonly number[]): Process[] {
  return processes().filter(({ state, parent }) => state === "Z" && parents.includes(parent));
}

/** All processes there are. */
export function processes(): Process[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      const stat = /^\d+$/.test(name) ? readFileSync(`/proc/${name}/stat`, "latin1") : "";
      // The name before may contain anything, also spaces and brackets.
      const [state = "", parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return stat === "" ? [] : [{ pid: Number(name), parent: Number(parent), group: Number(group), state }];
    } catch {
      return [];
    }
  });
}

/** Whether a process runs the Node that the test runs. */
export function isNode(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === readlinkSync("/proc/self/exe");
  } catch {
    return false;
  }
}

/** How many descriptors a process has open. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

async function found<T>(look: () => Promise<T | null>): Promise<T> {
  let value: T | null = null;
  await until(async () => {
    value = await look();
    return value !== null;
  });
  return value as T;
}
