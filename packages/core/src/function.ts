import type { Route } from "./route.ts";

/** A Node program or module: run with this Node, captured by the agent, served on a Unix socket. */
export interface NodeEntry {
  readonly kind: "node";
  /** Absolute path of the module. */
  readonly file: string;
  /** Arguments of the program. Default: none. */
  readonly args?: readonly string[];
  /** Flags for Node itself, such as `--inspect=0`. Default: none. */
  readonly nodeArgs?: readonly string[];
}

/** A command in any language that serves HTTP on the port given in `$PORT`. */
export interface CommandEntry {
  readonly kind: "command";
  /** Program and arguments; the program is looked up in `PATH`. */
  readonly command: readonly [string, ...string[]];
}

export type Entry = NodeEntry | CommandEntry;

/** A function: a named deployable unit, and how its instances run. */
export interface FunctionConfig {
  readonly name: string;
  readonly entry: Entry;
  /** Working directory of the instances, absolute. */
  readonly cwd: string;
  /** Environment added to the host's own. */
  readonly env: Readonly<Record<string, string>>;
  /** Requests that belong to this function. */
  readonly routes: readonly Route[];
  /** Most invocations in flight in one instance. */
  readonly concurrency: number;
  /** Longest wait for the first byte of a response, and longest drain, in milliseconds. */
  readonly timeoutMs: number;
  /** Longest time from start to ready of an instance, in milliseconds. */
  readonly startTimeoutMs: number;
  /** Most requests that may wait for an instance; one more is answered with 503. */
  readonly queueLimit: number;
  /** Longest wait for an instance, in milliseconds; then 503. Longer than a start, whose failure then tells why. */
  readonly queueTimeoutMs: number;
}

/** What a function gets when it says nothing. */
export const functionDefaults: Pick<
  FunctionConfig,
  "concurrency" | "timeoutMs" | "startTimeoutMs" | "queueLimit" | "queueTimeoutMs"
> = {
  concurrency: 100,
  timeoutMs: 60_000,
  startTimeoutMs: 30_000,
  queueLimit: 10_000,
  queueTimeoutMs: 60_000,
};
