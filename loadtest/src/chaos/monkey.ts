import { setTimeout as pause } from "node:timers/promises";
import type { InstanceInfo } from "@tidegate/core";
import type { Random } from "../statistics/random.ts";
import type { ChaosHost } from "./chaos-host.ts";
import type { DeathPoint, Fault, FaultKind } from "./fault.ts";
import { signalMarked } from "./marked-process.ts";
import { deadlyRequest, type RequestPlan, slowRequest } from "./request-plan.ts";
import { TemplateFaults } from "./template-faults.ts";

/** How long the monkey looks for an instance in the state it wants, in milliseconds. */
const searchMs = 3_000;
/** For a frozen one: idle instances are frozen after 5 s. */
const searchFrozenMs = 7_000;
const lookAgainMs = 4;

/** How long requests take that are to be under way when something happens, in milliseconds. */
const slowMs = 900;

/** How long a process is stopped by SIGSTOP, in milliseconds. */
const stopMs = { least: 200, most: 1_500 } as const;

export interface MonkeyOptions {
  readonly host: ChaosHost;
  /** Whether instances are forked here: else there is nothing to do to templates. */
  readonly hasTemplates: boolean;
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
  #isStopped = false;

  constructor(options: MonkeyOptions) {
    this.#options = options;
    this.#acts = this.#allActs();
  }

  /** All kinds of faults that the host can be brought to. */
  get kinds(): readonly FaultKind[] {
    return [...this.#acts.keys()];
  }

  /** Those that did not come about yet. */
  get missing(): readonly FaultKind[] {
    const done = new Set(this.faults.map(({ kind }) => kind));
    return this.kinds.filter((kind) => !done.has(kind));
  }

  /**
   * Acts about `perSecond` times a second, until told to stop.
   *
   * @param mayUpgrade whether the host may be replaced now; it always is in the first turn
   */
  async run(perSecond: number, mayUpgrade: () => boolean): Promise<void> {
    const { random } = this.#options;
    for (let turn = 0; !this.#isStopped; turn += 1) {
      // What found no instance in the state it needs is tried again first.
      const again = turn === 0 ? [] : this.missing;
      for (const kind of [...again, ...random.shuffled(this.kinds)]) {
        if (kind === "upgrade host" && turn > 0 && !mayUpgrade()) continue;
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
      ["kill starting", () => this.#killStarting()],
      ["kill with queue", () => this.#killOne((each) => each.function === "narrow" && each.inFlight > 0)],
      ["kill busy", () => this.#killOne((each) => this.#isLoaded(each) && each.state === "ready" && each.inFlight > 0)],
      [
        "kill idle",
        () => this.#killOne((each) => this.#isLoaded(each) && each.state === "ready" && each.inFlight === 0),
      ],
      ["kill draining", () => this.#killDraining()],
      ["kill frozen", () => this.#killFrozen()],
      ["kill all of a function", () => this.#killAll()],
      [
        "terminate",
        () => this.#killOne((each) => this.#isLoaded(each) && each.state === "ready" && each.inFlight > 0, "SIGTERM"),
      ],
      ["stop and continue", () => this.#stopAndContinue()],
      ["die by exit", () => this.#die("begin", "exit", false)],
      ["die by exception", () => this.#die("begin", "throw", false)],
      ["die every time", () => this.#die("begin", "kill", true)],
      ["redeploy", () => this.#redeploy()],
      ["redeploy that fails", () => this.#redeployInVain()],
      ["reload configuration", async () => ({ pids: [], target: await host.reloadConfig() })],
      ["upgrade host", async () => ({ pids: [], target: await host.upgrade() })],
    ]);
    if (this.#options.hasTemplates) {
      for (const [kind, act] of new TemplateFaults(this.#options).acts()) acts.set(kind, act);
    }
    for (const [kind, at] of deaths) acts.set(kind, () => this.#die(at, "kill", false));
    return acts;
  }

  /** Kills the first instance that is as wanted, once there is one. */
  async #killOne(
    isWanted: (instance: InstanceInfo) => boolean,
    signal: NodeJS.Signals = "SIGKILL",
    patienceMs: number = searchMs,
  ): ReturnType<Act> {
    const until = Date.now() + patienceMs;
    while (Date.now() < until && !this.#isStopped) {
      const found = (await this.#options.host.instances()).filter((each) => each.pid !== null && isWanted(each));
      if (found.length > 0) {
        const instance = this.#options.random.pick(found);
        return this.#signal(instance, signal) ? { pids: [instance.pid ?? 0], target: instance.instance } : null;
      }
      await pause(lookAgainMs);
    }
    return null;
  }

  /** Those without load are left alone, but by the faults that are about them: else they never come to rest. */
  #isLoaded(instance: InstanceInfo): boolean {
    return this.#options.functions.includes(instance.function);
  }

  /** A function at zero gets a request, and the instance that starts for it is killed. */
  async #killStarting(): ReturnType<Act> {
    this.#sendSlow("spare", 0);
    return this.#killOne((each) => each.function === "spare" && each.state === "starting");
  }

  /** A function gets a new revision while requests are under way, and an instance of the old one is killed. */
  async #killDraining(): ReturnType<Act> {
    const name = this.#options.random.pick(this.#options.functions);
    for (let count = 3; count > 0; count -= 1) this.#sendSlow(name, slowMs);
    const redeployed = this.#options.host.redeploy(name);
    const [killed] = await Promise.all([
      this.#killOne((each) => each.function === name && each.state === "draining" && each.inFlight > 0),
      redeployed,
    ]);
    return killed;
  }

  /** A frozen instance is killed at the very moment in which a request comes for it. */
  async #killFrozen(): ReturnType<Act> {
    const killed = await this.#killOne((each) => each.state === "frozen", "SIGKILL", searchFrozenMs);
    this.#sendSlow("resting", 0);
    return killed;
  }

  #sendSlow(name: string, waitMs: number): void {
    this.#options.send(slowRequest(this.#options.nextId(), name, waitMs));
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
    const all = await this.#options.host.instances();
    const ready = all.filter((each) => this.#isLoaded(each) && each.state === "ready" && each.pid !== null);
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
    await this.#options.host.redeploy(name);
    return { pids: [], target: name };
  }

  /** The old revision must serve on. */
  async #redeployInVain(): ReturnType<Act> {
    const name = "steady" as const;
    // Without an instance nothing is tried before the next request: nobody could be told.
    const ready = (await this.#options.host.instances()).filter((each) => each.function === name);
    if (!ready.some(({ state }) => state === "ready")) return null;
    await this.#options.host.redeployInVain(name);
    return { pids: [], target: name };
  }

  #signal({ pid }: InstanceInfo, signal: NodeJS.Signals): boolean {
    return signalMarked(pid, this.#options.mark, signal);
  }
}
