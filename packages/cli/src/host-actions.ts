import { TidegateError } from "@tidegate/core";
import { type AdminActions, type Change, type Host, HostError, type SuccessorCommand } from "@tidegate/host";
import type { Reporter } from "./output/reporter.ts";
import { milliseconds, plural } from "./output/status-line.ts";
import type { TargetOptions } from "./target/target-options.ts";

export interface HostActionsOptions {
  readonly host: Host;
  /** Reads what is to be served, anew. */
  readonly read: () => Promise<TargetOptions>;
  /** Starts the command once more; null where that is not to be. */
  readonly restart: SuccessorCommand | null;
  readonly reporter: Reporter;
  /** Resolves once the host serves: what is asked for before waits. */
  readonly serving: Promise<void>;
  /** Called when another process serves. */
  readonly onReplaced: () => void;
}

/** What can be done with a running host, by signals and through its admin API. */
export function createHostActions(options: HostActionsOptions): AdminActions {
  const { host, read, restart, reporter, serving, onReplaced } = options;
  return {
    reload: (names) =>
      told(reporter, "Not reloaded", async () => {
        await serving;
        const { target, options: next } = await read();
        const functions = next.functions.map(({ name }) => name);
        const unknown = names.find((name) => !functions.includes(name));
        if (unknown !== undefined) {
          const message = `Cannot reload function "${unknown}": there is none of this name`;
          throw new HostError("TIDEGATE_FUNCTION_NOT_FOUND", message);
        }
        // Without a configuration file nothing can differ but the app itself.
        const redeployed = target.kind === "entry" && names.length === 0 ? functions : names;
        const changes = await host.apply(next, redeployed);
        reporter.note(`Reloaded: ${describeChanges(changes)}`);
        return changes;
      }),
    upgrade: () =>
      told(reporter, "Not upgraded", async () => {
        await serving;
        if (restart === null) {
          throw new HostError("TIDEGATE_UPGRADE_FAILED", "Cannot upgrade the host: it is not known how it was started");
        }
        const upgrade = await host.upgrade(restart);
        const { to, tookMs, instances } = upgrade;
        reporter.note(`Process ${to} serves, after ${milliseconds(tookMs)}, with ${plural(instances, "instance")}`);
        onReplaced();
        return upgrade;
      }),
  };
}

/** Puts changes into words: `shop r2, report removed, trustProxy applied, port needs an upgrade`. */
export function describeChanges(changes: readonly Change[]): string {
  return changes.length === 0 ? "nothing changed" : changes.map(describe).join(", ");
}

function describe(change: Change): string {
  if (change.kind === "setting")
    return `${change.name} ${change.action === "applied" ? "applied" : "needs an upgrade"}`;
  return change.action === "revision" ? `${change.name} ${change.revision}` : `${change.name} ${change.action}`;
}

/** Who sent a signal sees nothing but what is reported. */
async function told<T>(reporter: Reporter, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof TidegateError ? error.code : "TIDEGATE_HOST_FAULT";
    reporter.onEvent({ type: "problem", code, function: null, message: `${what}: ${message}` });
    throw error;
  }
}
