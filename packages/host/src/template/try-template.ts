import { rm } from "node:fs/promises";
import type { FunctionConfig, TemplateInfo } from "@tidegate/core";
import { checkEntry } from "../entry.ts";
import { HostError } from "../errors.ts";
import { functionConfig } from "../function-config.ts";
import { defaultPort } from "../gateway-settings.ts";
import type { FunctionOptions } from "../host-options.ts";
import { Instance } from "../instance/instance.ts";
import { StartPermits } from "../instance/start-permits.ts";
import { tellingWords } from "../instance/telling-words.ts";
import { launch } from "../launcher/launch.ts";
import type { Launch } from "../launcher/launcher.ts";
import { createRuntimeDir } from "../runtime-dir.ts";
import { RevisionLauncher } from "./revision-launcher.ts";
import { TemplateStore } from "./template-store.ts";

/** What came of trying how a function's instances start. */
export interface TemplateTrial {
  /** As it was before it was ended. */
  readonly template: TemplateInfo;
  /** How long a plain process took from start to ready, in milliseconds. */
  readonly processMs: number;
}

export interface TrialOptions {
  /** What an app that asks for any port is told it has. Default: the gateway's own default, 3000. */
  readonly publicPort?: number;
  /** Ends the trial; what it started is gone when its promise is settled. */
  readonly signal: AbortSignal;
}

/** So many instances are forked, one after another; the median counts. */
const trialForks = 5;

/**
 * Tries, without a host, how a function's instances start: starts plain processes, builds its template, forks
 * instances, and ends them all. Its `start: process` is left out of account.
 *
 * @throws TIDEGATE_ENTRY_NOT_FOUND, TIDEGATE_INSTANCE_EXITED, TIDEGATE_INSTANCE_START_TIMEOUT, TIDEGATE_INSTANCE_LAUNCH_FAILED
 */
export async function tryTemplate(given: FunctionOptions, options: TrialOptions): Promise<TemplateTrial> {
  await checkEntry(given);
  const config: FunctionConfig = { ...functionConfig(given), start: "auto" };
  const runtimeDir = await createRuntimeDir();
  const launcher = new RevisionLauncher({
    function: config,
    revision: "r1",
    runtimeDir: () => runtimeDir,
    publicPort: () => options.publicPort ?? defaultPort,
    store: new TemplateStore({ permits: new StartPermits() }),
    onProblem: () => {},
  });
  const start = (how: Launch, number: number): Promise<number> =>
    startOnce(how, config, `${config.name}-${number}`, runtimeDir, options);
  try {
    // What does not start at all is told of once. It also fills caches (of files, of compiled code) for all that come after it.
    const firstMs = await start(launch, 1);
    // Waits for the template; what cannot be forked starts as a process right away.
    await start(launcher.launch, 2);
    if (launcher.info().state !== "parked") return { template: launcher.info(), processMs: firstMs };
    for (let number = 2; number <= trialForks; number++) await start(launcher.launch, number + 1);
    const processMs = await start(launch, trialForks + 2);
    return { template: launcher.info(), processMs };
  } finally {
    await launcher.close();
    await rm(runtimeDir, { recursive: true, force: true });
  }
}

/** Starts one instance and ends it again. Resolves with the milliseconds until it was ready. */
async function startOnce(
  how: Launch,
  config: FunctionConfig,
  name: string,
  runtimeDir: string,
  { publicPort = defaultPort, signal }: TrialOptions,
): Promise<number> {
  const words: string[] = [];
  const instance = new Instance({
    function: config,
    revision: "r1",
    instance: name,
    runtimeDir,
    publicPort,
    launch: how,
    permits: new StartPermits(),
    onOutput: (_, line) => words.push(line),
    onState: () => {},
    onVerdict: () => {},
  });
  const onAbort = (): void => void instance.kill("the trial is over");
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    const error = await instance.start();
    if (error !== null) {
      await instance.exited;
      const lastWords = tellingWords(instance.lastWords());
      throw lastWords.length === 0
        ? error
        : new HostError(error.code, `${error.message}; its last words:\n${lastWords.join("\n")}`, { cause: error });
    }
    return instance.startMs ?? 0;
  } finally {
    signal.removeEventListener("abort", onAbort);
    await instance.terminate("it was only tried");
  }
}
