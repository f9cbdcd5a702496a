import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** A program of this package in a process of its own; it says where it listens. */
export interface ChildProgram {
  readonly url: string;
  readonly process: ChildProcess;
  /** Ends the process and resolves when it is gone. */
  stop(): Promise<void>;
}

/** How long a program may take to end before it is killed, in milliseconds. */
const defaultStopTimeoutMs = 10_000;

/**
 * Starts a program and waits until it sends `{ type: "listening", url }`. It must end when its parent does
 * (`endWithParent`).
 *
 * @param file URL of the program
 * @param args its arguments
 * @param options `stopTimeoutMs`: how long it may take to end before it is killed. Default 10000
 */
export async function startProgram(
  file: URL,
  args: readonly string[] = [],
  { stopTimeoutMs = defaultStopTimeoutMs }: { readonly stopTimeoutMs?: number | undefined } = {},
): Promise<ChildProgram> {
  const child = fork(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const url = await listeningUrl(child, file);
  return { url, process: child, stop: () => stopProcess(child, stopTimeoutMs) };
}

function listeningUrl(child: ChildProcess, file: URL): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.on("message", (message) => {
    if (isListening(message)) resolve(message.url);
  });
  child.once("error", reject);
  child.once("exit", (code, signal) => {
    reject(new Error(`Cannot start "${file.pathname}": ended with ${signal ?? code} before it listened`));
  });
  return promise;
}

function isListening(message: unknown): message is { url: string } {
  return typeof message === "object" && message !== null && "url" in message && typeof message.url === "string";
}

async function stopProcess(child: ChildProcess, stopTimeoutMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
  await exit;
  clearTimeout(killer);
}
