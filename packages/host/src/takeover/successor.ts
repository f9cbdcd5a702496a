import { type ChildProcess, spawn } from "node:child_process";
import { HostError } from "../errors.ts";
import { formatLegacy, type LeftSocket, type Legacy, type SuccessorMessage, takeoverVariable } from "./takeover.ts";

/** The first descriptor behind the standard ones and the channel. */
const firstDescriptor = 4;

/** A successor that is not wanted any more gets SIGKILL this long after SIGTERM, in milliseconds. */
const killAfterMs = 5_000;

/**
 * Once the successor serves both do for this long, in milliseconds: one that real requests kill at once is noticed while
 * nothing has been given up.
 */
const probationMs = 1_000;

/** How the next host is started. */
export interface SuccessorCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Longest wait for it to serve, in milliseconds. Default: 60 s and twice the longest start of an instance. */
  readonly timeoutMs?: number;
}

/** A host that took over from this one. */
export interface Upgrade {
  /** Process id of the host that stops. */
  readonly from: number;
  /** Process id of the one that serves. */
  readonly to: number;
  /** From the start of its process until it served, in milliseconds. */
  readonly tookMs: number;
  /** Instances it had ready by then. */
  readonly instances: number;
}

export interface SuccessorOptions extends Omit<Legacy, "sockets"> {
  /** Listening sockets, with their descriptors in this process. */
  readonly sockets: readonly LeftSocket[];
  readonly timeoutMs: number;
  /** Aborted: the successor is ended. */
  readonly signal: AbortSignal;
}

/**
 * Starts the next host and waits until it serves. It leads a session of its own and writes where this process writes, so
 * that it lives on when this one ends. The listening sockets are its own from its first moment: when this process is
 * killed meanwhile, connections wait in them.
 *
 * @throws TIDEGATE_UPGRADE_FAILED with the reason; its process is gone then
 */
export async function startSuccessor(command: SuccessorCommand, options: SuccessorOptions): Promise<Upgrade> {
  const startedAt = performance.now();
  const { sockets, ready } = options;
  const left = sockets.map((socket, index) => ({ ...socket, descriptor: firstDescriptor + index }));
  const descriptors = sockets.map(({ descriptor }) => descriptor);
  const child = spawnSuccessor(command, { sockets: left, ready }, descriptors);
  const outcome = await firstWord(child, options);
  const tookMs = performance.now() - startedAt;
  const failure = typeof outcome === "string" ? outcome : await probation(child, options.signal);
  if (typeof outcome === "string" || failure !== null) {
    await end(child);
    throw new HostError("TIDEGATE_UPGRADE_FAILED", `Cannot upgrade the host: ${failure}`);
  }
  child.disconnect();
  child.unref();
  return { from: process.pid, to: child.pid ?? 0, tookMs, instances: outcome.instances };
}

function spawnSuccessor(
  { command, args, cwd, env }: SuccessorCommand,
  { sockets, ready }: Legacy,
  descriptors: readonly number[],
): ChildProcess {
  try {
    return spawn(command, args, {
      cwd,
      env: { ...env, [takeoverVariable]: formatLegacy({ sockets, ready }) },
      stdio: ["inherit", "inherit", "inherit", "ipc", ...descriptors],
      detached: true,
    });
  } catch (cause) {
    // Some refusals of the system come at once, others as an event.
    const state = cause instanceof Error ? cause.message : String(cause);
    throw new HostError("TIDEGATE_UPGRADE_FAILED", `Cannot upgrade the host: the new one does not start: ${state}`, {
      cause,
    });
  }
}

/** Resolves when the child serves, or with why it does not. */
function firstWord(child: ChildProcess, options: SuccessorOptions): Promise<{ instances: number } | string> {
  const { timeoutMs, signal } = options;
  return new Promise((resolve) => {
    const done = (outcome: { instances: number } | string): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(outcome);
    };
    const timer = setTimeout(() => done(`the new one does not serve after ${timeoutMs} ms`), timeoutMs);
    const onAbort = (): void => done("this one is stopping");
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    child.on("message", (message) => {
      const word = message as SuccessorMessage;
      if (word.type === "serving") done({ instances: word.instances });
      if (word.type === "failed") done(`${word.message} (${word.code})`);
    });
    child.once("error", (error) => done(`the new one does not start: ${error.message}`));
    child.once("exit", (code, by) => {
      done(`the new one ended ${by === null ? `with exit code ${code}` : `by ${by}`} before it served`);
    });
  });
}

/** Resolves with null when the child still serves after a moment, else with what became of it. */
function probation(child: ChildProcess, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const done = (failure: string | null): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      child.off("exit", onExit);
      resolve(failure);
    };
    const timer = setTimeout(() => done(null), probationMs);
    const onAbort = (): void => done("this one is stopping");
    const onExit = (code: number | null, by: string | null): void => {
      done(`the new one ended ${by === null ? `with exit code ${code}` : `by ${by}`} as soon as it served`);
    };
    signal.addEventListener("abort", onAbort);
    child.once("exit", onExit);
    if (signal.aborted) onAbort();
    else if (child.exitCode !== null || child.signalCode !== null) onExit(child.exitCode, child.signalCode);
  });
}

/** Resolves when the child is gone. */
function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
    const timer = setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}
