import { randomInt } from "node:crypto";
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import type { ForkSeed, TemplateMessage } from "@tidegate/agent";
import type { NodeEntry } from "@tidegate/core";
import { type Forking, loadForking } from "@tidegate/fork";
import { adoptOrphans } from "../launcher/adopt-orphans.ts";
import { type SpawnedChild, spawnChild } from "../launcher/child.ts";
import { InstanceOutput } from "../launcher/instance-output.ts";
import { canGoOn } from "../launcher/is-ending.ts";
import type { Exit } from "../launcher/launcher.ts";
import { createLineReader } from "../launcher/line-reader.ts";
import { killBetween } from "../launcher/oom-score.ts";
import { signalProcess } from "../launcher/process-group.ts";
import { openChildStreams } from "./child-streams.ts";
import { HeldChild, templateGone } from "./held-child.ts";
import { LoadOutput } from "./load-output.ts";
import type { Loaded } from "./loaded.ts";
import type { TemplateOptions } from "./template.ts";
import { templateArguments, templateVariables } from "./template-command.ts";

/** Most orders sent and not answered: each holds three descriptors in the socket, and the kernel lets few wait there. */
const maxOpenOrders = 32;

/** A template that answers no order for this long, in milliseconds, is stuck or stopped, and killed. */
const patienceMs = 3_000;

const mostSeed = 2 ** 31 - 1;
let lastSeed = randomInt(1, mostSeed);

/** Answers to orders, written by the native code in the order of the orders. */
type ForkAnswer =
  | { readonly type: "forked"; readonly pid: number }
  | { readonly type: "failed"; readonly call: string; readonly code: string };

/** The process of a template, and the host's end of its control stream. */
export class TemplateChild {
  /** Resolves when the app is loaded, or will not be. */
  readonly loaded: Promise<Loaded>;
  /** Resolves when nothing of it is left. */
  readonly exited: Promise<void>;
  /** What the app wrote while it was loaded. */
  readonly output: LoadOutput = new LoadOutput();
  readonly #options: TemplateOptions;
  readonly #settle: (loaded: Loaded) => void;
  readonly #words: InstanceOutput = new InstanceOutput(() => {});
  #forking: Forking | null = null;
  #child: SpawnedChild | null = null;
  #control: { readonly descriptor: number; readonly socket: Socket } | null = null;
  #isParked = false;
  #isStopping = false;
  #isEnded = false;
  /** Orders that are not answered, oldest first. */
  readonly #orders: HeldChild[] = [];
  readonly #waiting: (() => void)[] = [];
  #answers = 0;
  #patience: NodeJS.Timeout | null = null;
  readonly #startTimer: NodeJS.Timeout;

  constructor(options: TemplateOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Loaded>();
    this.loaded = promise;
    this.#settle = resolve;
    const { startTimeoutMs } = options.function;
    this.#startTimer = setTimeout(() => this.#onStartTimeout(), startTimeoutMs).unref();
    void promise.then(() => clearTimeout(this.#startTimer));
    try {
      this.#forking = options.forking ?? availableForking();
      this.#child = this.#spawn(this.#forking, options);
    } catch (cause) {
      this.#lose(cause as Error);
    }
    void this.#child?.ended.then(() => this.#onEnded());
    this.exited = this.#child?.exited.then((exit) => this.#onExited(exit)) ?? Promise.resolve();
  }

  get pid(): number | null {
    return this.#isEnded ? null : (this.#child?.pid ?? null);
  }

  /**
   * Orders a child.
   * @throws what the system says when it has no descriptor left; ESRCH when the template is gone
   */
  async order(): Promise<HeldChild> {
    while (this.#orders.length >= maxOpenOrders && !this.#isEnded) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const forking = this.#forking;
    const control = this.#control;
    if (forking === null || control === null || !this.#canOrder(control.socket)) throw templateGone();
    // Somebody has stopped it: whoever waits for an instance should not wait until its patience is at an end.
    if (this.pid === null || !canGoOn(this.pid)) {
      this.#kill();
      throw templateGone();
    }
    lastSeed = (lastSeed % mostSeed) + 1;
    const seed: ForkSeed = { seed: lastSeed };
    const streams = openChildStreams(forking, (theirs) =>
      forking.send(control.descriptor, `fork ${JSON.stringify(seed)}\n`, theirs),
    );
    const { groups = null, function: fn } = this.#options;
    const held = new HeldChild(forking, streams, groups && (() => groups.create(fn.name)));
    this.#orders.push(held);
    this.#patience ??= setTimeout(() => this.#onSilence(this.#answers), patienceMs).unref();
    return held;
  }

  /** Tells it something it does not answer, as far as it still listens. */
  tell(line: string): void {
    if (this.#control === null || !this.#canOrder(this.#control.socket)) return;
    try {
      this.#forking?.send(this.#control.descriptor, `${line}\n`, []);
    } catch {
      // It is gone, or has not read what it was told before: nothing depends on this.
    }
  }

  /** Ends it, when the children it was ordered to fork are there. Resolves when nothing of it is left. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.allSettled(this.#orders.map(({ forked }) => forked));
    this.#kill();
    await this.exited;
  }

  #spawn(forking: Forking, { function: fn, publicPort }: TemplateOptions): SpawnedChild {
    adoptOrphans(forking);
    const [ours, theirs] = forking.socketPair();
    const socket = new Socket({ fd: ours, readable: true, writable: false });
    socket.on(
      "data",
      createLineReader((line) => this.#onLine(line)),
    );
    socket.on("error", () => {}); // it is gone; its end tells
    this.#control = { descriptor: ours, socket };
    try {
      const child = spawnChild(process.execPath, templateArguments(fn.entry as NodeEntry), {
        cwd: fn.cwd,
        env: templateVariables(fn, publicPort),
        control: theirs,
        onOutput: (stream, chunk) => {
          this.output.add(stream, chunk);
          this.#words.read(stream, chunk);
        },
      });
      if (child.pid !== null) killBetween(child.pid);
      return child;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      closeSync(theirs);
    }
  }

  /** Once the stream is destroyed, the number of its descriptor may be another one's. */
  #canOrder(socket: Socket): boolean {
    return this.#isParked && !this.#isStopping && !this.#isEnded && !socket.destroyed;
  }

  #onLine(line: string): void {
    const message = parseMessage(line);
    if (message?.type === "parked") this.#onParked(message.point);
    else if (message?.type === "unfit") {
      const { reason, place, warmUp } = message;
      this.#settle({ kind: "unfit", reason, place, warmUp, isOwnFault: false, isTimeout: false, lastWords: [] });
      this.#kill();
    } else if (message?.type === "forked") this.#onAnswer((held) => held.onForked(message.pid));
    else if (message?.type === "failed") {
      const { call, code } = message;
      this.#onAnswer((held) => held.refuse(Object.assign(new Error(`${call} ${code}`), { code, syscall: call })));
    }
  }

  #onParked(point: Extract<Loaded, { kind: "parked" }>["point"]): void {
    clearTimeout(this.#startTimer);
    // What it wrote before may be read after this: its output comes on other streams.
    setImmediate(() => {
      setImmediate(() => {
        this.#isParked = true;
        this.#settle({ kind: "parked", point });
      });
    });
  }

  #onAnswer(tell: (held: HeldChild) => void): void {
    const held = this.#orders.shift();
    this.#answers++;
    if (held !== undefined) tell(held);
    this.#waiting.shift()?.();
    if (this.#orders.length > 0) this.#patience?.refresh();
    else this.#endPatience();
  }

  #onSilence(answers: number): void {
    this.#patience = null;
    // This process may have stood still itself: answers that came meanwhile are read before the next immediate.
    setImmediate(() => {
      if (this.#orders.length === 0) return;
      if (this.#answers === answers) this.#kill();
      else this.#patience ??= setTimeout(() => this.#onSilence(this.#answers), patienceMs).unref();
    });
  }

  #onStartTimeout(): void {
    const { startTimeoutMs } = this.#options.function;
    const reason = `it was not at a fork point after ${startTimeoutMs} ms`;
    const lastWords = this.#words.lastWords();
    this.#settle({ kind: "unfit", reason, place: null, warmUp: null, isOwnFault: true, isTimeout: true, lastWords });
    this.#kill();
  }

  #onEnded(): void {
    this.#isEnded = true;
    this.#endPatience();
    // Those that are not sent yet; the others learn from their own streams whether there is a child.
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #onExited(exit: Exit): void {
    this.#control?.socket.destroy();
    this.#words.end();
    this.#settle(
      this.#isStopping ? { kind: "lost", reason: "it was stopped", cause: null } : loadedBy(exit, this.#words),
    );
  }

  #lose(cause: Error): void {
    this.#isEnded = true;
    this.#settle({ kind: "lost", reason: `it could not be started: ${cause.message}`, cause });
  }

  /** The process alone: children that have no group of their own yet are still in its. */
  #kill(): void {
    if (this.pid !== null) signalProcess(this.pid, "SIGKILL");
  }

  #endPatience(): void {
    if (this.#patience !== null) clearTimeout(this.#patience);
    this.#patience = null;
  }
}

function availableForking(): Forking {
  const loaded = loadForking();
  if ("unavailable" in loaded) throw new Error(loaded.unavailable);
  return loaded.forking;
}

/** Signals that somebody sends, rather than the program gets for what it did. */
const sentSignals: ReadonlySet<string> = new Set(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"]);

/** What the end of a process that was not parked says. */
function loadedBy({ code, signal, cause }: Exit, words: InstanceOutput): Loaded {
  if (cause !== null) return { kind: "lost", reason: `it could not be started: ${cause.message}`, cause };
  if (signal !== null && sentSignals.has(signal)) {
    return { kind: "lost", reason: `${signal} ended it while it loaded the app`, cause: null };
  }
  const how = signal === null ? `it ended with exit code ${code}` : `${signal} ended it`;
  const lines = words.lastWords();
  const said = lines.findLast((line) => /^(Uncaught )?\w*(Error|Exception)\b/.test(line)) ?? lines.at(-1);
  const reason = `${how} while it loaded the app${said === undefined ? "" : `: "${said}"`}`;
  const isOwnFault = signal === null;
  const lastWords = isOwnFault ? lines : [];
  return { kind: "unfit", reason, place: null, warmUp: null, isOwnFault, isTimeout: false, lastWords };
}

/** An app may write to the descriptor by mistake: whatever is no message is not heeded. */
function parseMessage(line: string): TemplateMessage | ForkAnswer | null {
  try {
    return JSON.parse(line) as TemplateMessage | ForkAnswer | null;
  } catch {
    return null;
  }
}
