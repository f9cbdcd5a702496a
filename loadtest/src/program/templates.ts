import { setTimeout as pause } from "node:timers/promises";
import type { TemplateInfo } from "@tidegate/core";
import type { HostProcess } from "./host-process.ts";

/** Longest wait for the templates of a host, in milliseconds: they are built one after another. */
const templatesMs = 60_000;
/** A template that is not even loading by then is not going to be, in milliseconds. */
const patienceMs = 10_000;
const lookAgainMs = 20;

/**
 * Waits until each of these functions has a template that is parked, or is known to have none.
 *
 * @returns what keeps some of them from being forked, one sentence each
 */
export async function settledTemplates(host: HostProcess, functions: readonly string[]): Promise<string[]> {
  const beganAt = performance.now();
  for (;;) {
    const all = (await host.snapshot()).functions.map(({ template }) => template);
    const asked = all.filter((each) => functions.includes(each.function));
    const waitedMs = performance.now() - beganAt;
    if (asked.every((each) => isSettled(each, waitedMs))) return asked.flatMap(problemOf);
    if (waitedMs > templatesMs) throw new Error(`Cannot measure: a template still loads after ${templatesMs} ms`);
    await pause(lookAgainMs);
  }
}

function isSettled({ state }: TemplateInfo, waitedMs: number): boolean {
  return state === "parked" || state === "unfit" || (state !== "loading" && waitedMs > patienceMs);
}

function problemOf({ function: name, state, reason }: TemplateInfo): string[] {
  return state === "parked" ? [] : [`"${name}" was not forked: its template is ${state}: ${reason}`];
}
