import { setTimeout } from "node:timers/promises";
import { TidegateError } from "@tidegate/core";
import { adminDir, createAdminServer, createHost, type Host, type HostOptions } from "@tidegate/host";
import { exitCode } from "./errors.ts";
import type { Io } from "./io.ts";
import type { Reporter } from "./output/reporter.ts";
import { namePortOwner } from "./port-owner.ts";

/** Longest wait for instances to be gone after a second signal, in milliseconds: nothing may keep the command then. */
const cleanUpMs = 1_000;

/**
 * Signals that follow the first one within this time, in milliseconds, are the same wish: npm sends on to its script the
 * Ctrl-C that the terminal has sent to both.
 */
const echoMs = 250;

export interface RunHostOptions {
  readonly options: HostOptions;
  readonly reporter: Reporter;
  /** Called once the host serves; what it returns is called before the host stops. */
  readonly whileServing?: (host: Host) => Promise<() => Promise<void>>;
}

/**
 * Runs a host with its admin API until a signal ends it.
 *
 * @returns 0 once all is stopped; 130 when a second signal ended it at once
 * @throws what starting the host throws: TIDEGATE_PORT_IN_USE, TIDEGATE_ENTRY_NOT_FOUND, ...
 */
export async function runHost({ options, reporter, whileServing }: RunHostOptions, io: Io): Promise<number> {
  let isInterrupted = false;
  const host = createHost({
    ...options,
    onEvent: (event) => {
      if (!isInterrupted) reporter.onEvent(event);
    },
    ...(reporter.onInvocation === null ? {} : { onInvocation: reporter.onInvocation }),
  });
  reporter.attach(host);
  const admin = createAdminServer(host, adminDir(io.env));
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let firstAt: number | null = null;
  const release = io.onSignal(() => {
    const now = performance.now();
    firstAt ??= now;
    if (firstAt === now) first.resolve();
    else if (now - firstAt > echoMs) second.resolve();
  });
  try {
    await host.start();
    await admin.start().catch((error: unknown) => reportAdmin(error, reporter));
    const done = await whileServing?.(host);
    await first.promise;
    reporter.onStopping();
    const stopped = Promise.all([done?.(), host.stop()]).then(() => exitCode.ok);
    const code = await Promise.race([stopped, second.promise.then(() => exitCode.interrupted)]);
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
    release();
    reporter.close();
  }
}

/** A host without its admin API serves all the same; only `tidegate ps` does not see it. */
function reportAdmin(error: unknown, reporter: Reporter): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof TidegateError ? error.code : "TIDEGATE_ADMIN_UNAVAILABLE";
  reporter.onEvent({ type: "problem", code, function: null, message: `${message}; tidegate ps will not list it` });
}
