import { setTimeout } from "node:timers/promises";
import { TidegateError } from "@tidegate/core";
import {
  type AdminActions,
  adminDir,
  createAdminServer,
  createHost,
  type Host,
  type HostOptions,
} from "@tidegate/host";
import { exitCode } from "./errors.ts";
import { createHostActions } from "./host-actions.ts";
import type { HeededSignal, Io } from "./io.ts";
import type { Reporter } from "./output/reporter.ts";
import { namePortOwner } from "./port-owner.ts";
import { tellServiceManager } from "./service-manager.ts";
import type { TargetOptions } from "./target/target-options.ts";

/** Longest wait for instances to be gone after a second signal, in milliseconds: nothing may keep the command then. */
const cleanUpMs = 1_000;

/**
 * Signals that follow the first one within this time, in milliseconds, are the same wish: npm sends on to its script the
 * Ctrl-C that the terminal has sent to both.
 */
const echoMs = 250;

export interface RunHostOptions {
  readonly options: HostOptions;
  /** Reads what is to be served anew, for a reload. */
  readonly read: () => Promise<TargetOptions>;
  readonly reporter: Reporter;
  /** Called once the host serves; what it returns is called before the host stops. */
  readonly whileServing?: (host: Host) => Promise<() => Promise<void>>;
}

/** Why a host is to end. */
type Ending = "signal" | "replaced" | "fault";

/**
 * Runs a host with its admin API until a signal ends it, or another process takes its place. SIGUSR2 asks for that; SIGHUP
 * reloads, but on a terminal it means that the terminal is gone, and ends the host.
 *
 * @returns 0 once all is stopped; 1 after a fault of its own; 130 when a second signal ended it at once
 * @throws what starting the host throws: TIDEGATE_PORT_IN_USE, TIDEGATE_ENTRY_NOT_FOUND, ...
 */
export async function runHost({ options, read, reporter, whileServing }: RunHostOptions, io: Io): Promise<number> {
  let isInterrupted = false;
  const host = createHost({
    ...options,
    takeover: io.takeover(),
    onEvent: (event) => {
      if (!isInterrupted) reporter.onEvent(event);
    },
    ...(reporter.onInvocation === null ? {} : { onInvocation: reporter.onInvocation }),
  });
  reporter.attach(host);
  const serving = Promise.withResolvers<void>();
  const ending = Promise.withResolvers<Ending>();
  const onReplaced = (): void => ending.resolve("replaced");
  const { restart } = io;
  const actions = createHostActions({ host, read, restart, reporter, serving: serving.promise, onReplaced });
  const admin = createAdminServer(host, adminDir(io.env), actions);
  const signals = heedSignals(io, actions, () => ending.resolve("signal"));
  const releaseFaults = io.onFault((error) => {
    ending.resolve("fault");
    reportFault(error, reporter);
  });
  try {
    const isServing = await Promise.race([host.start().then(() => true), ending.promise.then(() => false)]);
    const done = isServing ? await serve() : undefined;
    const why = await ending.promise;
    reporter.onStopping();
    if (why !== "replaced") tellServiceManager(io.env, "stopping");
    const stopped = Promise.all([done?.(), host.stop()]).then(() => (why === "fault" ? exitCode.failed : exitCode.ok));
    const code = await Promise.race([stopped, signals.second.then(() => exitCode.interrupted)]);
    isInterrupted = code === exitCode.interrupted;
    if (isInterrupted) {
      reporter.note("Ended at once: running requests are cut off");
      await Promise.race([host.stop({ now: true }), setTimeout(cleanUpMs)]);
    }
    return code;
  } catch (error) {
    await host.stop();
    throw await namePortOwner(error, host.port, io.env);
  } finally {
    await admin.stop();
    signals.release();
    releaseFaults();
    reporter.close();
  }

  async function serve(): Promise<(() => Promise<void>) | undefined> {
    await admin.start().catch((error: unknown) => reportAdmin(error, reporter));
    serving.resolve();
    tellServiceManager(io.env, "ready");
    return whileServing?.(host);
  }
}

/** Leads signals to what they ask for. The second one that asks for the end means: at once. */
function heedSignals(
  io: Io,
  actions: AdminActions,
  onFirst: () => void,
): { readonly second: Promise<void>; release(): void } {
  const second = Promise.withResolvers<void>();
  let firstAt: number | null = null;
  const onEnd = (): void => {
    const now = performance.now();
    firstAt ??= now;
    if (firstAt === now) onFirst();
    else if (now - firstAt > echoMs) second.resolve();
  };
  const release = io.onSignal((signal: HeededSignal) => {
    // What fails has been reported.
    if (signal === "SIGUSR2") actions.upgrade().catch(() => {});
    else if (signal === "SIGHUP" && io.stdout.isTTY !== true) actions.reload([]).catch(() => {});
    else onEnd();
  });
  return { second: second.promise, release };
}

/** A host without its admin API serves all the same; only `tidegate ps` does not see it. */
function reportAdmin(error: unknown, reporter: Reporter): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof TidegateError ? error.code : "TIDEGATE_ADMIN_UNAVAILABLE";
  reporter.onEvent({ type: "problem", code, function: null, message: `${message}; tidegate ps will not list it` });
}

/** After an error that nobody caught nobody knows what still works: what runs may finish, then a new process is better. */
function reportFault(error: unknown, reporter: Reporter): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const message = `An error in the host that nobody caught: it drains and ends\n${text}`;
  reporter.onEvent({ type: "problem", code: "TIDEGATE_HOST_FAULT", function: null, message });
}
