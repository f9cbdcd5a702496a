import { type ForkPoint, type FunctionConfig, functionDefaults } from "@tidegate/core";
import type { Exit, Launched, LaunchOptions } from "../../launcher/launcher.ts";
import type { Loaded } from "../loaded.ts";
import type { TemplateProcess } from "../revision-template.ts";

/** A fork point as an app has it that only listens. */
const listenPoint: ForkPoint = {
  effect: "listen",
  what: "port 3000",
  place: { file: "/app/server.js", line: 12, column: 5 },
  via: null,
  loadMs: 90,
  warmUp: { asked: 0, done: 0, leftOut: null },
  notes: [],
};

/** A function whose entry need not exist: nothing is started. */
export function fakeFunction(change: Partial<FunctionConfig> = {}): FunctionConfig {
  const entry = { kind: "node", file: "/app/server.js" } as const;
  return { ...functionDefaults, name: "app", entry, cwd: "/app", env: {}, routes: [], ...change };
}

/** An instance without a process: ready at once. */
export function fakeLaunched(start: Launched["start"], change: Partial<Launched> = {}): Launched {
  const never = new Promise<Exit>(() => {});
  return {
    start,
    pid: 4711,
    endpoint: { path: "/run/app.sock" },
    protocol: () => "http1",
    ready: Promise.resolve(),
    ended: never,
    exited: never,
    isEnding: () => false,
    lacks: () => "",
    lastWords: () => [],
    signal: () => {},
    freeze: () => {},
    thaw: () => {},
    measure: () => Promise.resolve(null),
    release: () => {},
    ...change,
  };
}

/** A template without a process: the test says what becomes of it. */
export class FakeTemplate implements TemplateProcess {
  /** Its instances have the numbers after this. */
  static readonly firstPid = 5000;
  readonly pid: number | null = 4710;
  readonly loaded: Promise<Loaded>;
  readonly ended: Promise<void>;
  readonly function: FunctionConfig;
  readonly learned: number[] = [];
  forks = 0;
  reclaims = 0;
  isStopped = false;
  bytes: number = 40 * 2 ** 20;
  /** What the next forks fail with. */
  refusal: Error | null = null;
  readonly #load: (loaded: Loaded) => void;
  readonly #end: () => void;

  constructor(fn: FunctionConfig) {
    this.function = fn;
    ({ promise: this.loaded, resolve: this.#load } = Promise.withResolvers<Loaded>());
    ({ promise: this.ended, resolve: this.#end } = Promise.withResolvers<void>());
  }

  park(point: ForkPoint = listenPoint): void {
    this.#load({ kind: "parked", point });
  }

  fail(change: Partial<Extract<Loaded, { kind: "unfit" }>> = {}): void {
    const unfit = { kind: "unfit", reason: "it opened a pipe", place: null, warmUp: null } as const;
    this.#load({ ...unfit, isOwnFault: false, isTimeout: false, lastWords: [], ...change });
    this.#end();
  }

  /** Its process is killed. */
  lose(): void {
    this.#load({ kind: "lost", reason: "ended by SIGKILL", cause: null });
    this.#end();
  }

  async fork(_options: LaunchOptions): Promise<Launched> {
    if (this.refusal !== null) throw this.refusal;
    this.forks++;
    return fakeLaunched("fork", { pid: FakeTemplate.firstPid + this.forks });
  }

  learn(pid: number): void {
    this.learned.push(pid);
  }

  async memoryBytes(): Promise<number> {
    return this.bytes;
  }

  reclaim(): void {
    this.reclaims++;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.lose();
  }
}
