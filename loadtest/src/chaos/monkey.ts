import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { InstanceInfo } from "@tidegate/core";
import type { Random } from "../statistics/random.ts";
import type { ChaosHost } from "./chaos-host.ts";
import type { DeathPoint, Fault, FaultKind } from "./fault.ts";
import { deadlyRequest, type RequestPlan } from "./request-plan.ts";

/** How long the monkey looks for an instance in the state it wants, in milliseconds. */
const searchMs = 3_000;
const lookAgainMs = 4;

/** An instance that never finished anything is killed at most this often, so that no crash loop comes of it, in milliseconds. */
const youngPauseMs = 1_500;

/** How long a process is stopped by SIGSTOP, in milliseconds. */
const stopMs = { least: 200, most: 1_500 } as const;

export interface MonkeyOptions {
  readonly host: ChaosHost;
  readonly random: Random;
  readonly functions: readonly string[];
  /** Environment variable assignment by which processes of this run are told from others. */
  readonly mark: string;
  /** Sends a request of the monkey's own, as one of the load. */
  readonly send: (plan: RequestPlan) => void;
  /** An id for it. */
  readonly nextId: () => string;
  readonly log: (line: string) => void;
}

type Act = () => Promise<{ readonly pids: readonly number[]; readonly target: string } | null>;

const deaths: readonly (readonly [FaultKind, DeathPoint])[] = [
  ["die at begin", "begin"],
  ["die mid-upload", "upload"],
  ["die after head", "head"],
  ["die mid-response", "body"],
  ["die before last byte", "last"],
  ["die when idle again", "end"],
];

/** Does harm to a host and its instances, in an order that the seed decides, every kind once before any comes again. */
export class Monkey {
  readonly faults: Fault[] = [];
  readonly #options: MonkeyOptions;
  readonly #acts: ReadonlyMap<FaultKind, Act>;
  #youngKilledAt = 0;
  #isStopped = false;

  constructor(options: MonkeyOptions) {
    this.#options = options;
    this.#acts = this.#allActs();
  }

  /** All kinds of faults that the host can be brought to. */
  get kinds(): readonly FaultKind[] {
    return [...this.#acts.keys()];
  }

  /** Acts about `perSecond` times a second, until told to stop. */
  async run(perSecond: number): Promise<void> {
    const { random } = this.#options;
    while (!this.#isStopped) {
      for (const kind of random.shuffled(this.kinds)) {
        await pause(random.gapMs(perSecond));
        if (this.#isStopped) return;
        await this.#act(kind);
      }
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #act(kind: FaultKind): Promise<void> {
    const done = await this.#acts
      .get(kind)?.()
      .catch((error: unknown) => {
        this.#options.log(`${kind}: ${String(error)}`);
        return null;
      });
    if (done) this.faults.push({ kind, at: Date.now(), ...done });
  }

  #allActs(): ReadonlyMap<FaultKind, Act> {
    const { host } = this.#options;
    const acts = new Map<FaultKind, Act>([
      ["kill starting", () => this.#killOne((each) => each.state === "starting", true)],
      ["kill with queue", () => this.#killOne((each) => each.function === "narrow" && each.inFlight > 0)],
      ["kill busy", () => this.#killOne((each) => each.state === "ready" && each.inFlight > 0)],
      ["kill idle", () => this.#killOne((each) => each.state === "ready" && each.inFlight === 0)],
      ["kill draining", () => this.#killOne((each) => each.state === "draining")],
      ["kill frozen", () => this.#killOne((each) => each.state === ("frozen" as string))],
      ["kill all of a function", () => this.#killAll()],
      ["terminate", () => this.#killOne((each) => each.state === "ready" && each.inFlight > 0, false, "SIGTERM")],
      ["stop and continue", () => this.#stopAndContinue()],
      ["die by exit", () => this.#die("begin", "exit", false)],
      ["die by exception", () => this.#die("begin", "throw", false)],
      ["die every time", () => this.#die("begin", "kill", true)],
      ["redeploy", () => this.#redeploy()],
      ["redeploy that fails", () => this.#redeployInVain()],
    ]);
    for (const [kind, at] of deaths) acts.set(kind, () => this.#die(at, "kill", false));
    const { upgrade, reloadConfig } = host;
    if (reloadConfig !== null)
      acts.set("reload configuration", async () => ({ pids: [], target: await reloadConfig() }));
    if (upgrade !== null) acts.set("upgrade host", async () => ({ pids: [], target: await upgrade() }));
    return acts;
  }

  /** Kills the first instance that is as wanted, once there is one. */
  async #killOne(
    isWanted: (instance: InstanceInfo) => boolean,
    mayBeYoung = false,
    signal: NodeJS.Signals = "SIGKILL",
  ): ReturnType<Act> {
    const until = Date.now() + searchMs;
    while (Date.now() < until && !this.#isStopped) {
      const found = (await this.#options.host.instances()).filter((each) => each.pid !== null && isWanted(each));
      if (found.length > 0) {
        const instance = this.#options.random.pick(found);
        if (mayBeYoung && Date.now() - this.#youngKilledAt < youngPauseMs) return null;
        if (mayBeYoung) this.#youngKilledAt = Date.now();
        return this.#signal(instance, signal) ? { pids: [instance.pid ?? 0], target: instance.instance } : null;
      }
      await pause(lookAgainMs);
    }
    return null;
  }

  async #killAll(): ReturnType<Act> {
    const name = this.#options.random.pick(this.#options.functions);
    const all = (await this.#options.host.instances()).filter(
      (each) => each.function === name && each.state === "ready" && each.pid !== null,
    );
    const killed = all.filter((each) => this.#signal(each, "SIGKILL"));
    return killed.length === 0 ? null : { pids: killed.map(({ pid }) => pid ?? 0), target: name };
  }

  async #stopAndContinue(): ReturnType<Act> {
    const ready = (await this.#options.host.instances()).filter((each) => each.state === "ready" && each.pid !== null);
    if (ready.length === 0) return null;
    const instance = this.#options.random.pick(ready);
    if (!this.#signal(instance, "SIGSTOP")) return null;
    setTimeout(() => this.#signal(instance, "SIGCONT"), this.#options.random.whole(stopMs.least, stopMs.most));
    return { pids: [], target: instance.instance };
  }

  async #die(at: DeathPoint, how: "kill" | "exit" | "throw", every: boolean): ReturnType<Act> {
    const { random, functions, send, nextId } = this.#options;
    const methods = at === "upload" ? ["PUT", "POST"] : ["GET", "PUT", "POST", "DELETE"];
    const id = nextId();
    send(deadlyRequest(id, every ? "steady" : random.pick(functions), { at, how, every }, random.pick(methods)));
    // Whom it kills stands in that one's journal.
    return { pids: [], target: id };
  }

  async #redeploy(): ReturnType<Act> {
    const name = this.#options.random.pick(this.#options.functions);
    await this.#options.host.redeploy(name, false);
    return { pids: [], target: name };
  }

  /** The old revision must serve on. */
  async #redeployInVain(): ReturnType<Act> {
    const name = "steady";
    // Without an instance nothing is tried before the next request: nobody could be told.
    const ready = (await this.#options.host.instances()).filter((each) => each.function === name);
    if (!ready.some(({ state }) => state === "ready")) return null;
    const error = await this.#options.host.redeploy(name, true).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error === null) throw new Error(`Function "${name}" was redeployed with an entry that cannot start`);
    return { pids: [], target: name };
  }

  /** Signals a process if it is one of this run: ids are given anew. */
  #signal({ pid }: InstanceInfo, signal: NodeJS.Signals): boolean {
    if (pid === null || !isMarked(pid, this.#options.mark)) return false;
    try {
      process.kill(pid, signal);
      return true;
    } catch {
      return false;
    }
  }
}

/** Whether a process has this assignment in its environment. */
export function isMarked(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark);
  } catch {
    return false;
  }
}
