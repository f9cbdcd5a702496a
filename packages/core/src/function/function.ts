import type { Route } from "../route.ts";
import type { Affinity } from "./affinity.ts";
import { type BreakerConfig, breakerDefaults } from "./breaker.ts";
import { type HealthConfig, healthDefaults } from "./health.ts";
import type { RateLimit } from "./rate-limit.ts";
import { type RecycleConfig, recycleDefaults } from "./recycle.ts";

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

/**
 * How instances are started. "fork": from a template, which loaded the app once, or not at all. "process": each loads the
 * app itself. "auto": forked where that is safe, else as processes.
 */
export type StartMode = "auto" | "fork" | "process";

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
  /**
   * Longest wait for the first byte of a response, for each further byte of it, and longest drain, in milliseconds. Event
   * streams and WebSockets may be silent for `streamIdleTimeoutMs` once they have begun.
   */
  readonly timeoutMs: number;
  /** Longest silence of an event stream or WebSocket, in milliseconds; 0: any. */
  readonly streamIdleTimeoutMs: number;
  /** Longest time from start to ready of an instance, in milliseconds. */
  readonly startTimeoutMs: number;
  /** Most requests that may wait for an instance; one more is answered with 503. */
  readonly queueLimit: number;
  /** Longest wait for an instance, in milliseconds; then 503. Longer than a start, whose failure then tells why. */
  readonly queueTimeoutMs: number;
  /** Largest body of a request, in bytes; 0: any. A larger one is answered with 413. */
  readonly maxBodyBytes: number;
  /** Largest head of a request, in bytes, where that is less than the gateway's; 0: the gateway's. */
  readonly maxHeaderBytes: number;
  /** How often it may be called; null: as often as there is room. */
  readonly rateLimit: RateLimit | null;
  /** Whether requests of one client stay on one instance; null: they do not. */
  readonly affinity: Affinity | null;
  readonly health: HealthConfig;
  readonly recycle: RecycleConfig;
  readonly breaker: BreakerConfig;
  readonly start: StartMode;
  /** Paths that a template asks its app for with GET, so that the code behind them is compiled before instances fork. */
  readonly warmUp: readonly string[];
  /** What a command's port speaks: HTTP/1.1, or HTTP/2 without TLS (as gRPC does). Node instances tell by themselves. */
  readonly protocol: "http1" | "h2c";
}

/** What a function gets when it says nothing. */
export const functionDefaults: Omit<FunctionConfig, "name" | "entry" | "cwd" | "env" | "routes"> = {
  concurrency: 100,
  timeoutMs: 60_000,
  streamIdleTimeoutMs: 0,
  startTimeoutMs: 30_000,
  queueLimit: 10_000,
  queueTimeoutMs: 60_000,
  maxBodyBytes: 0,
  maxHeaderBytes: 0,
  rateLimit: null,
  affinity: null,
  health: healthDefaults,
  recycle: recycleDefaults,
  breaker: breakerDefaults,
  start: "auto",
  warmUp: [],
  protocol: "http1",
};
