import type { EffectKey } from "./effect-key.ts";

/** A place in source code. Lines and columns count from 1. */
export interface CodePlace {
  /** Absolute path, or what stands in for one, such as `node:internal/...`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where a template forks: the moment before the app does what it must not do for all its instances at once. */
export interface ForkPoint {
  /** What it is about to do. */
  readonly effect: EffectKey;
  /** What it is about, such as "port 3000", a path or the file of an addon; null where there is nothing to name. */
  readonly what: string | null;
  /** The nearest frame of the app's own code, else the nearest of any but Node's; null where there is none. */
  readonly place: CodePlace | null;
  /** The package in `node_modules` whose code reached it; null for the app itself. */
  readonly via: string | null;
  /** The app's load time until here, in milliseconds, without Node's own start and what warms it. */
  readonly loadMs: number;
  readonly warmUp: WarmUpResult;
  /** What is worth to know, such as "react-dom drew Math.random at load: shared by all instances". */
  readonly notes: readonly string[];
}

/** What came of the requests a template asked itself so that the code behind them is compiled. */
export interface WarmUpResult {
  /** Requests that were configured. */
  readonly asked: number;
  /** Those that were answered. */
  readonly done: number;
  /** Why the others were not; null when there are none. */
  readonly leftOut: string | null;
  /** The place in the app's code that `leftOut` is about; absent where none is known. */
  readonly place?: CodePlace;
}

/**
 * none: there is none, and its function's instances start as plain processes. loading -> parked, at its fork point, where
 * instances are forked from it; or unfit: this app cannot be forked; dropped: its memory was wanted for others, or it ended.
 */
export type TemplateState = "none" | "loading" | "parked" | "unfit" | "dropped";

/** The template of a function's revision: the process that loaded the app up to its fork point. */
export interface TemplateInfo {
  readonly function: string;
  readonly revision: string;
  readonly state: TemplateState;
  /** Why there is none: only with the states none, unfit and dropped. */
  readonly reason: string | null;
  /** The place in the app's code that the reason is about; null where none is known. */
  readonly place: CodePlace | null;
  /** Process id; null while there is no process. */
  readonly pid: number | null;
  /** Where it forks; null before it is known. */
  readonly point: ForkPoint | null;
  /** What its process keeps, in bytes; null when not known. */
  readonly memoryBytes: number | null;
  /** Instances forked from it. */
  readonly forks: number;
  /** Median time from the order of an instance to ready, in milliseconds; null before the first. */
  readonly forkMs: number | null;
  /** Part of an instance's start that its template did for it, 0 to 1: loadMs / (loadMs + forkMs). Null before the first. */
  readonly sharedLoad: number | null;
}

/** What is told of a revision that has no template. */
export function noTemplate(functionName: string, revision: string, reason: string): TemplateInfo {
  const unknown = { place: null, pid: null, point: null, memoryBytes: null, forks: 0, forkMs: null, sharedLoad: null };
  return { function: functionName, revision, state: "none", reason, ...unknown };
}
