import { relative, resolve } from "node:path";
import { TidegateError } from "@tidegate/core";
import type { FunctionOptions, Host, HostOptions } from "@tidegate/host";
import type { Io } from "../io.ts";
import type { Reporter } from "../output/reporter.ts";
import { milliseconds } from "../output/status-line.ts";
import type { Target } from "../target/target.ts";
import type { TargetOptions } from "../target/target-options.ts";
import { functionFolder } from "./function-folder.ts";
import { createReloader } from "./reloader.ts";
import { watchSources } from "./watch-sources.ts";

export interface WatchFunctionsOptions {
  readonly target: Target;
  readonly options: HostOptions;
  /** Reads the target's options anew, after its configuration changed. */
  readonly read: () => Promise<TargetOptions>;
  readonly reporter: Reporter;
  readonly io: Io;
}

/**
 * Reloads functions of a host when their sources change; all of them when the configuration does.
 *
 * @returns what starts it, for a host that serves; that resolves with what stops it
 */
export function watchFunctions(given: WatchFunctionsOptions): (host: Host) => Promise<() => Promise<void>> {
  const { target, reporter, io } = given;
  return async (host) => {
    let functions = given.options.functions;
    const configFile = target.kind === "config" ? resolve(io.cwd, target.file) : null;
    const reloader = createReloader(async (files) => {
      const isConfigTouched = configFile !== null && files.includes(configFile);
      const configured = isConfigTouched ? await readFunctions(given, functions) : null;
      functions = configured ?? functions;
      const sources = files.filter((file) => file !== configFile);
      const names = files.map((file) => relative(io.cwd, file)).join(", ");
      const changed = functions.filter(
        (fn) => configured !== null || sources.some((file) => isWithin(file, functionFolder(fn))),
      );
      await Promise.all(changed.map((fn) => reload(host, fn, names, reporter)));
    });
    const entries = functions.map((fn) => (fn.entry.kind === "node" ? fn.entry.file : null));
    const roots = new Map(functions.map((fn, index) => [functionFolder(fn), entries[index] ?? null] as const));
    if (target.kind === "config" && !roots.has(target.folder)) roots.set(target.folder, null);
    const watches = [...roots].map(([root, entry]) =>
      watchSources(root, entry, reloader.request, (error) => reporter.note(`Cannot watch "${root}": ${error.message}`)),
    );
    await Promise.all(watches.map(({ ready }) => ready));
    reporter.note("Watching for changes");
    return async () => {
      await Promise.all(watches.map((watch) => watch.stop()));
      await reloader.settled();
    };
  };
}

/** Null when the new configuration cannot be used: the old one stays. */
async function readFunctions(
  { read, reporter }: WatchFunctionsOptions,
  served: readonly FunctionOptions[],
): Promise<readonly FunctionOptions[] | null> {
  try {
    const { options } = await read();
    const names = (functions: readonly FunctionOptions[]): string =>
      functions
        .map(({ name }) => name)
        .sort()
        .join();
    if (names(options.functions) === names(served)) return options.functions;
    reporter.note("Functions were added, removed or renamed: start tidegate dev again to serve them");
  } catch (error) {
    reporter.note(`${messageOf(error)}\nThe configuration as it was stays in use`);
  }
  return null;
}

async function reload(host: Host, fn: FunctionOptions, files: string, reporter: Reporter): Promise<void> {
  const startedAt = performance.now();
  reporter.note(`${files} changed: reloading ${fn.name}`);
  try {
    await host.reload(fn.name, fn);
    const isRunning = host.instances().some((instance) => instance.function === fn.name && instance.state === "ready");
    const took = milliseconds(performance.now() - startedAt);
    reporter.note(isRunning ? `${fn.name} reloaded in ${took}` : `${fn.name} starts anew with the next request`);
  } catch (error) {
    // Why stands above: the host told of the instance's failure.
    const code = error instanceof TidegateError ? ` (${error.code})` : `: ${messageOf(error)}`;
    reporter.note(`${fn.name} not reloaded${code}: the old revision serves on`);
  }
}

function isWithin(file: string, folder: string): boolean {
  return !relative(folder, file).startsWith("..");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
