import { relative, resolve } from "node:path";
import { TidegateError } from "@tidegate/core";
import type { Change, FunctionOptions, Host, HostOptions } from "@tidegate/host";
import type { Io } from "../io.ts";
import type { Reporter } from "../output/reporter.ts";
import { milliseconds } from "../output/status-line.ts";
import type { Target } from "../target/target.ts";
import type { TargetOptions } from "../target/target-options.ts";
import { functionFolder } from "./function-folder.ts";
import { createReloader } from "./reloader.ts";
import { createWatchedFolders } from "./watched-folders.ts";

export interface WatchFunctionsOptions {
  readonly target: Target;
  readonly options: HostOptions;
  /** Reads the target's options anew, after its configuration changed. */
  readonly read: () => Promise<TargetOptions>;
  readonly reporter: Reporter;
  readonly io: Io;
}

/**
 * Reloads functions of a host when their sources change; applies the configuration when that does.
 *
 * @returns what starts it, for a host that serves; that resolves with what stops it
 */
export function watchFunctions(given: WatchFunctionsOptions): (host: Host) => Promise<() => Promise<void>> {
  const { target, reporter, io } = given;
  return async (host) => {
    let { options } = given;
    /** Whether the host does not serve these options, as something in them did not start. */
    let isPending = false;
    const configFile = target.kind === "config" ? resolve(io.cwd, target.file) : null;
    const reloader = createReloader(async (files) => {
      const isConfigTouched = configFile !== null && files.includes(configFile);
      const configured = isConfigTouched ? await readOptions(given) : null;
      options = configured ?? options;
      const sources = files.filter((file) => file !== configFile);
      const changed = options.functions.filter((fn) => sources.some((file) => isWithin(file, functionFolder(fn))));
      const names = files.map((file) => relative(io.cwd, file)).join(", ");
      if (configured !== null || (isPending && changed.length > 0)) {
        reporter.note(`${names} changed: reloading`);
        isPending = !(await apply(host, options, changed, reporter));
        await folders.addFunctions(options.functions);
      } else {
        await Promise.all(changed.map((fn) => reload(host, fn, names, reporter)));
      }
    });
    const folders = createWatchedFolders(reloader.request, reporter.note);
    await folders.addFunctions(options.functions);
    if (target.kind === "config") await folders.add(target.folder);
    reporter.note("Watching for changes");
    return async () => {
      await folders.stop();
      await reloader.settled();
    };
  };
}

/** Null when the new configuration cannot be used: the old one stays. */
async function readOptions({ read, reporter }: WatchFunctionsOptions): Promise<HostOptions | null> {
  try {
    return (await read()).options;
  } catch (error) {
    reporter.note(`${messageOf(error)}\nThe configuration as it was stays in use`);
    return null;
  }
}

/** Resolves with whether the host serves the options now. */
async function apply(
  host: Host,
  options: HostOptions,
  changed: readonly FunctionOptions[],
  reporter: Reporter,
): Promise<boolean> {
  const startedAt = performance.now();
  try {
    const redeployed = changed.map(({ name }) => name);
    const changes = await host.apply(options, redeployed);
    for (const change of changes) reporter.note(describe(change, host, performance.now() - startedAt));
    return true;
  } catch (error) {
    reporter.note(`Not reloaded${whyOf(error)}: all is served as before`);
    return false;
  }
}

async function reload(host: Host, fn: FunctionOptions, files: string, reporter: Reporter): Promise<void> {
  const startedAt = performance.now();
  reporter.note(`${files} changed: reloading ${fn.name}`);
  try {
    await host.reload(fn.name, fn);
    reporter.note(reloaded(fn.name, host, performance.now() - startedAt));
  } catch (error) {
    reporter.note(`${fn.name} not reloaded${whyOf(error)}: the old revision serves on`);
  }
}

function describe({ kind, name, action }: Change, host: Host, tookMs: number): string {
  if (kind === "function") {
    return action === "added" || action === "removed" ? `${name} ${action}` : reloaded(name, host, tookMs);
  }
  return action === "applied" ? `${name} applied` : `${name} changed: start tidegate dev again to apply it`;
}

function reloaded(name: string, host: Host, tookMs: number): string {
  const isRunning = host.instances().some((instance) => instance.function === name && instance.state === "ready");
  return isRunning ? `${name} reloaded in ${milliseconds(tookMs)}` : `${name} starts anew with the next request`;
}

/** Where it has a code, why stands above: the host told of the instance's failure. */
function whyOf(error: unknown): string {
  return error instanceof TidegateError ? ` (${error.code})` : `: ${messageOf(error)}`;
}

function isWithin(file: string, folder: string): boolean {
  return !relative(folder, file).startsWith("..");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
