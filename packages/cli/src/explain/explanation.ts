import type { ForkPoint, StartMode, TemplateInfo } from "@tidegate/core";
import { plural } from "../output/status-line.ts";
import { effectWords } from "./effect-words.ts";
import { shownPlace } from "./shown-place.ts";

/** How the instances of a function start: what is known, before it is put into words. */
export interface ExplainedFunction {
  readonly name: string;
  readonly revision: string;
  /** The host that serves it; null for one that was tried without a host. */
  readonly host: { readonly url: string; readonly pid: number } | null;
  readonly kind: "node" | "command";
  readonly start: StartMode;
  /** Paths that its template is to ask for. */
  readonly warmUp: readonly string[];
  readonly template: TemplateInfo;
  /** How long a plain process took from start to ready, in milliseconds; null where none was tried. */
  readonly processMs: number | null;
  /** Folders that files are named relative to. */
  readonly folders: readonly string[];
}

/** One line of an explanation, behind its label. */
export type Detail = readonly [label: string, text: string];

/** How the instances of a function start, in words. */
export interface Explanation {
  readonly title: string;
  readonly details: readonly Detail[];
  /** What can be done so that they start sooner, or at all forked. */
  readonly advice: readonly string[];
}

/** From here on an instance's own start, in milliseconds, is worth a change of the app. */
const worthMs = 15;

/** Puts what is known of a function's starts into words. */
export function explain(fn: ExplainedFunction): Explanation {
  const { state, point } = fn.template;
  return point !== null && (state === "parked" || state === "loading") ? forked(fn, point) : notForked(fn);
}

function forked(fn: ExplainedFunction, point: ForkPoint): Explanation {
  const isByConfiguration = fn.start === "process";
  return {
    title: isByConfiguration
      ? `${fn.name}: instances could be forked, but its configuration says "start: process"`
      : `${fn.name}: instances are forked`,
    details: [
      ["forks", forkPlace(point, fn.folders)],
      ["load", load(fn, point)],
      ...warmUp(fn, point),
      ...memory(fn),
      ...point.notes.map((note): Detail => ["note", note]),
    ],
    advice: moving(fn, point),
  };
}

/** Where, and what it is about to do there. */
function forkPlace(point: ForkPoint, folders: readonly string[]): string {
  const { does } = effectWords(point.effect);
  // Who calls its framework's listen() listens itself.
  const who = point.via === null || point.effect === "listen" ? "it" : `the package ${point.via}`;
  const where = point.place === null ? "when" : `at ${shownPlace(point.place, folders)}, where`;
  return `${where} ${who} ${does}${about(point)}`;
}

function about({ what }: ForkPoint): string {
  return what === null ? "" : ` (${what})`;
}

function load({ template, processMs }: ExplainedFunction, { loadMs }: ForkPoint): string {
  const { forkMs, forks } = template;
  if (forkMs === null) {
    return `loaded in ${whole(loadMs)} ms up to there; no instance was ${forks === 0 ? "forked" : "ready"} yet`;
  }
  const total = loadMs + forkMs;
  const part = total === 0 ? 100 : Math.floor((loadMs / total) * 100);
  const plain = processMs === null ? "" : `, a plain process in ${whole(processMs)} ms`;
  return `loaded in ${whole(total)} ms, ${whole(loadMs)} of them (${part} %) are shared; an instance starts in ${whole(forkMs)} ms${plain}`;
}

function warmUp({ warmUp: paths, folders }: ExplainedFunction, { warmUp: result }: ForkPoint): Detail[] {
  const { asked, done, leftOut, place } = result;
  if (asked === 0) return [];
  const where = place === undefined ? "" : ` at ${shownPlace(place, folders)}`;
  // One ends it.
  const others = done + 1 < asked ? ", and those after it were not asked" : "";
  const rest = leftOut === null ? "" : `; ${paths[done] ?? "the next"} was not: ${leftOut}${where}${others}`;
  return [["warm-up", `${done} of ${plural(asked, "path")} answered before the fork${rest}`]];
}

function memory({ template: { pid, memoryBytes, forks }, host }: ExplainedFunction): Detail[] {
  const size = memoryBytes === null ? [] : [`${Math.round(memoryBytes / 1_048_576)} MB`];
  // What was only tried is gone by now.
  const living = host === null || pid === null ? [] : [`pid ${pid}`, `${plural(forks, "instance")} forked from it`];
  const [first, ...others] = living;
  const parts = first === undefined ? size : [first, ...size, ...others];
  return parts.length === 0 ? [] : [["template", parts.join(", ")]];
}

function moving({ template: { forkMs }, folders }: ExplainedFunction, point: ForkPoint): string[] {
  const { does, instead } = effectWords(point.effect);
  if (instead === null) return [];
  const who = point.place === null ? "it" : shownPlace(point.place, folders);
  const via = point.via === null ? "" : ` through the package ${point.via}`;
  const worth =
    forkMs !== null && forkMs < worthMs ? ` (little to gain: an instance starts in ${whole(forkMs)} ms as it is)` : "";
  return [`${who} ${does} at load${via}${about(point)}: ${instead}${worth}`];
}

function notForked(fn: ExplainedFunction): Explanation {
  const { template, processMs, folders } = fn;
  const where = template.place === null ? "" : ` (${shownPlace(template.place, folders)})`;
  const why = template.reason === null ? [] : [["why", `${template.reason}${where}`] as const];
  const took = processMs === null ? [] : [["load", `a plain process starts in ${whole(processMs)} ms`] as const];
  return { title: `${fn.name}: ${standIn(fn)}`, details: [...why, ...took], advice: remedy(fn) };
}

function standIn({ start, template: { state } }: ExplainedFunction): string {
  if (state === "loading") return "its template is being loaded";
  if (start === "fork") return 'no instance can be forked, and its configuration says "start: fork"';
  return "instances start as processes of their own";
}

function remedy({ kind, start, template: { state, reason, place }, folders }: ExplainedFunction): string[] {
  if (kind === "command" || start === "process" || state === "loading") return [];
  if (state !== "unfit") {
    const isForMemory = reason !== null && /memory|MiB/.test(reason);
    return isForMemory ? ['more memory for templates keeps it: "templates: { memory: ... }" in tidegate.yaml'] : [];
  }
  const known = '"start: process" says that it is known, and no template is tried';
  if (place === null) return [`nothing has to be done, starts only take longer; ${known}`];
  return [`do what ${shownPlace(place, folders)} does once the server listens, on first use or in onFork; or ${known}`];
}

/** Milliseconds in the digits that matter. */
function whole(ms: number): string {
  return ms < 10 ? String(Number(ms.toFixed(1))) : String(Math.round(ms));
}
