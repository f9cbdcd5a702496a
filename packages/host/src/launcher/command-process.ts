import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, join } from "node:path";
import type { CommandEntry } from "@tidegate/core";
import { spawnChild } from "./child.ts";
import type { Launched, LaunchOptions } from "./launcher.ts";

const host = "127.0.0.1";

/** Pauses between tries to connect to a starting command, in milliseconds; the last one repeats. */
const connectPausesMs = [2, 3, 5, 8, 12, 20, 30, 50] as const;

/**
 * Starts a command in any language that serves HTTP on `$PORT` of the loopback address. It is ready when the port
 * accepts connections.
 */
export async function launchCommand(entry: CommandEntry, options: LaunchOptions): Promise<Launched> {
  const port = await findFreePort();
  const [command, ...args] = diesWithHost([...entry.command]);
  const env = { ...process.env, HOST: host, ...options.function.env, PORT: String(port) };
  const child = spawnChild(command ?? "", args, { cwd: options.function.cwd, env, control: false }, options.onOutput);
  const probing = new AbortController();
  void child.exited.then(() => probing.abort());
  return {
    pid: child.process.pid ?? null,
    endpoint: { host, port },
    ready: waitForPort(port, probing.signal),
    exited: child.exited,
    lastWords: child.lastWords,
    signal: child.signal,
    release: () => probing.abort(),
  };
}

/**
 * A killed host cannot end its children, and a command has no agent to notice. Linux can do it: `setpriv` (util-linux)
 * asks for the signal and then becomes the command, so no process is added.
 */
function diesWithHost(command: string[]): string[] {
  if (process.platform !== "linux") return command;
  const setpriv = (process.env.PATH ?? "")
    .split(delimiter)
    .map((dir) => join(dir, "setpriv"))
    .find(existsSync);
  return setpriv === undefined ? command : [setpriv, "--pdeathsig", "KILL", "--", ...command];
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

/** Stays pending when aborted: whoever aborts knows why. */
async function waitForPort(port: number, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    if (await accepts(port)) return;
    const pauseMs = connectPausesMs[Math.min(attempt, connectPausesMs.length - 1)] ?? 50;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return new Promise(() => {});
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
