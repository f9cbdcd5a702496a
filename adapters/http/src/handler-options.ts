import { TidegateError } from "@tidegate/core";
import type { FetchFunction } from "./platform/fetch-event.ts";
import type { TriggerOptions } from "./trigger/trigger-options.ts";

/** Settings of `toHandler`. */
export interface HandlerOptions {
  /**
   * Time given to the app, in milliseconds, where the platform does not tell its own timeout, or to make it shorter.
   * Then the request's signal aborts, and the answer is 504. Default: shortly before the platform's timeout.
   */
  timeoutMs?: number | undefined;
  /**
   * Leading segments of paths that are not the app's, such as `/shop`; `auto` for what the event itself proves to be
   * none: the stage of an API Gateway, the key of a custom domain's mapping. Default: nothing is stripped.
   */
  basePath?: string | undefined;
  /** Streams responses on AWS Lambda, where the function is called for it (`RESPONSE_STREAM`). Default: false. */
  streaming?: boolean | undefined;
  /** How events that are no HTTP request reach the app. */
  events?: TriggerOptions | undefined;
  /** Answers web requests without going through Node's objects; for apps that speak the web standard themselves. */
  fetch?: FetchFunction | undefined;
}

/** What an option takes: said with its article, and told. */
interface Expectation {
  readonly expected: string;
  accepts(value: unknown): boolean;
}

const text: Expectation = { expected: "a string", accepts: (value) => typeof value === "string" };
const flag: Expectation = { expected: "true or false", accepts: (value) => typeof value === "boolean" };
const object: Expectation = {
  expected: "an object",
  accepts: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

const HANDLER_OPTIONS: Readonly<Record<keyof HandlerOptions, Expectation>> = {
  timeoutMs: {
    expected: "a number of milliseconds above 0",
    accepts: (value) => typeof value === "number" && value > 0,
  },
  basePath: { ...text, expected: 'a path such as "/shop", or "auto"' },
  streaming: flag,
  events: object,
  fetch: { expected: "a function", accepts: (value) => typeof value === "function" },
};

const TRIGGER_OPTIONS: Readonly<Record<keyof TriggerOptions, Expectation>> = {
  path: { ...text, expected: 'a path such as "/events"' },
  partialBatch: flag,
  concurrency: { expected: "a number from 1 up", accepts: (value) => typeof value === "number" && value >= 1 },
  invoke: flag,
};

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return typeof value === "function" ? "a function" : String(value);
}

function invalid(state: string): TidegateError {
  return new TidegateError("TIDEGATE_OPTIONS_INVALID", `Cannot make a handler: ${state}`);
}

/** Letters to add, remove or replace to make one name of another. Worked example: `stream` to `streaming` is 3. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (let column = 0; column < to.length; column++) {
      const replaced = (row[column] ?? 0) + (letter === to[column] ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

function unknownOption(name: string, prefix: string, names: readonly string[]): TidegateError {
  const near = names
    .map((known) => ({ known, letters: distance(name.toLowerCase(), known.toLowerCase()) }))
    .sort((a, b) => a.letters - b.letters)[0];
  const hint =
    near !== undefined && near.letters <= Math.max(2, near.known.length / 2)
      ? `; did you mean "${prefix}${near.known}"?`
      : `; there are ${names.map((known) => `"${prefix}${known}"`).join(", ")}`;
  return invalid(`there is no option "${prefix}${name}"${hint}`);
}

function checkMembers(options: object, table: Readonly<Record<string, Expectation>>, prefix: string): void {
  for (const [name, value] of Object.entries(options)) {
    const expectation = Object.hasOwn(table, name) ? table[name] : undefined;
    if (expectation === undefined) throw unknownOption(name, prefix, Object.keys(table));
    if (value === undefined || expectation.accepts(value)) continue;
    throw invalid(`option "${prefix}${name}" takes ${expectation.expected}, found ${describe(value)}`);
  }
}

/**
 * Checks settings where a handler is made, since a misspelt one would else be found in production, by what is missing.
 *
 * @param options see {@link HandlerOptions}; members that are `undefined` count as left out
 * @throws TIDEGATE_OPTIONS_INVALID naming the option, what it takes and what was found
 */
export function checkHandlerOptions(options: HandlerOptions): void {
  if (!object.accepts(options)) throw invalid(`options are an object, found ${describe(options)}`);
  checkMembers(options, HANDLER_OPTIONS, "");
  if (options.events !== undefined) checkMembers(options.events, TRIGGER_OPTIONS, "events.");
}
