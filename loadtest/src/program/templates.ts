import { setTimeout as pause } from "node:timers/promises";
import type { TemplateInfo } from "@tidegate/core";
import type { HostProcess } from "./host-process.ts";

/** Longest wait for the templates of a host, in milliseconds: they are built one after another. */
const templatesMs = 60_000;
/** A template that is not even loading by then is not going to be, in milliseconds. */
const patienceMs = 10_000;
const lookAgainMs = 20;

/** Where a host's functions fork, a line for each that does: what new instances have not to do stands there. */
export async function forkPoints(host: HostProcess): Promise<string[]> {
  return (await host.snapshot()).functions.flatMap(({ name, template: { point } }) => {
    if (point === null) return [];
    const { effect, what, place, via, loadMs, warmUp } = point;
    const where = place === null ? "" : ` at ${place.file}:${place.line}${via === null ? "" : ` (${via})`}`;
    const warmed = warmUp.asked === 0 ? "" : `, ${warmUp.done} of ${warmUp.asked} warm-up requests answered`;
    return [`"${name}" forks${where}: ${effect} ${what ?? ""}, after ${loadMs.toFixed(0)} ms${warmed}`];
  });
}

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
