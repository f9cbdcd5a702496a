import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { AutoscalerConfig } from "@tidegate/core";
import type { FunctionOptions } from "@tidegate/host";
import { startProgram } from "../program/child-program.ts";

/** What a host noted of a run. */
export interface PolicyHostReport {
  /** Instances there are now. */
  readonly instances: number;
  /** By the host's own meter, of instances that are gone and of those that run. */
  readonly instanceSeconds: number;
  readonly frozenSeconds: number;
  readonly starts: number;
  /** How long each request that was answered with 200 waited for an instance. */
  readonly waitsMs: readonly number[];
  /** How long each start took. */
  readonly startsMs: readonly number[];
  readonly coldStarts: number;
  /** Requests that were answered with anything else. */
  readonly failed: number;
}

/** A host in a process of its own whose app waits as long as the path of a request says. */
export interface PolicyHost {
  readonly url: string;
  report(): Promise<PolicyHostReport>;
  /** Resolves with the report once it satisfies; rejects after `timeoutMs`. */
  reportWhen(isReached: (report: PolicyHostReport) => boolean, timeoutMs: number): Promise<PolicyHostReport>;
  stop(): Promise<void>;
}

const appFile: string = fileURLToPath(new URL("../apps/told.js", import.meta.url));
const pollMs = 250;

export async function startPolicyHost({ concurrency, ...scaling }: AutoscalerConfig): Promise<PolicyHost> {
  const fn: FunctionOptions = { name: "app", entry: { kind: "node", file: appFile }, concurrency, scaling };
  const program = await startProgram(new URL("../program/policy-host-program.ts", import.meta.url), [
    JSON.stringify([fn]),
  ]);
  const report = async (): Promise<PolicyHostReport> => {
    const answer = once(program.process, "message");
    program.process.send("report");
    const [value] = await answer;
    return value;
  };
  return {
    url: program.url,
    report,
    stop: program.stop,
    async reportWhen(isReached, timeoutMs) {
      const until = performance.now() + timeoutMs;
      for (;;) {
        const last = await report();
        if (isReached(last)) return last;
        if (performance.now() > until) {
          throw new Error(`Cannot go on: ${last.instances} instances after ${timeoutMs} ms of waiting`);
        }
        await pause(pollMs);
      }
    },
  };
}
