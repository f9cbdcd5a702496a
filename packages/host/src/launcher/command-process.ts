import { createServer } from "node:net";
import type { CommandEntry } from "@tidegate/core";
import { spawnChild } from "./child.ts";
import { InstanceOutput } from "./instance-output.ts";
import { isEnding } from "./is-ending.ts";
import type { Launched, LaunchOptions } from "./launcher.ts";
import { groupUsage } from "./process-groups.ts";
import { StartupCheck } from "./startup-check.ts";

const host = "127.0.0.1";

/** Starts a command in any language that serves HTTP on `$PORT` of the loopback address. It is ready when it answers. */
export async function launchCommand(entry: CommandEntry, options: LaunchOptions): Promise<Launched> {
  const port = await findFreePort();
  const [command, ...args] = entry.command;
  const env = { ...process.env, HOST: host, ...options.function.env, PORT: String(port) };
  const output = new InstanceOutput(options.onOutput);
  const group = options.groups?.create(options.function.name) ?? null;
  const child = spawnChild(command, args, {
    cwd: options.function.cwd,
    env,
    control: "none",
    group,
    onOutput: (stream, chunk) => output.read(stream, chunk),
  });
  const { pid } = child;
  const check = new StartupCheck({ host, port }, options.function);
  let isGone = false;
  void child.exited.then(() => {
    isGone = true;
    output.end();
    check.abort();
  });
  return {
    start: "process",
    pid,
    endpoint: { host, port },
    protocol: () => check.protocol,
    ready: check.passed(),
    ended: child.ended,
    exited: child.exited,
    isEnding: () => isEnding(child.pid),
    lacks: () => check.lacks,
    lastWords: () => output.lastWords(),
    signal: child.signal,
    freeze: () => child.signal("SIGSTOP"),
    thaw: () => child.signal("SIGCONT"),
    measure: async () => {
      if (pid === null || isGone) return null;
      const usage = (await group?.usage()) ?? (await groupUsage(pid));
      return usage === null ? null : { ...usage, sharedBytes: 0, eventLoopDelayMs: null };
    },
    release: () => check.abort(),
  };
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
