import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { loadAddon } from "./forking.ts";

/** Under this key worker threads find the path of the addon. */
const addonKey = "tidegate.addon";

/** Lets worker threads that children of this template start end by themselves. */
export function prepareWorkers(addon: string): void {
  setEnvironmentData(addonKey, addon);
}

/**
 * Takes over the natural end of a worker thread: as that of a forked child's main thread, it would wait for ever on Node 26.
 * Called in worker threads, which load this file because their process was told to.
 */
export function takeOverWorkerEnd(): void {
  const addon = getEnvironmentData(addonKey);
  if (typeof addon !== "string") return;
  setEnvironmentData(addonKey, addon); // for workers of this one
  loadAddon(addon).takeOverEnd(
    () => void process.emit("beforeExit", Number(process.exitCode ?? 0)),
    () => process.exit(),
  );
}
