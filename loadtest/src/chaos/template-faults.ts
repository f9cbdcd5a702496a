import { setTimeout as pause } from "node:timers/promises";
import type { TemplateInfo, TemplateState } from "@tidegate/core";
import type { Random } from "../statistics/random.ts";
import type { ChaosHost } from "./chaos-host.ts";
import type { Fault, FaultKind } from "./fault.ts";
import { signalMarked } from "./marked-process.ts";

/** How long a template in the wanted state is looked for, in milliseconds. */
const searchMs = 3_000;
const lookAgainMs = 4;
/** How long one is stopped by SIGSTOP, in milliseconds. */
const stopMs = { least: 100, most: 800 } as const;

export interface TemplateFaultOptions {
  readonly host: ChaosHost;
  readonly random: Random;
  /** Environment variable assignment by which processes of this run are told from others. */
  readonly mark: string;
}

type Done = Pick<Fault, "pids" | "target"> | null;

/** Harm to templates and to what they have forked ahead; whatever becomes of them, requests must not notice. */
export class TemplateFaults {
  readonly #options: TemplateFaultOptions;

  constructor(options: TemplateFaultOptions) {
    this.#options = options;
  }

  acts(): ReadonlyMap<FaultKind, () => Promise<Done>> {
    return new Map<FaultKind, () => Promise<Done>>([
      ["kill template", () => this.#signalOne("parked", "SIGKILL")],
      ["kill loading template", () => this.#killLoading()],
      ["stop and continue template", () => this.#stopAndContinue()],
      ["kill child ahead", () => this.#killAhead()],
    ]);
  }

  /** A template is killed, and the one that is loaded in its place, too. */
  async #killLoading(): Promise<Done> {
    const first = await this.#signalOne("parked", "SIGKILL");
    if (first === null) return null;
    const second = await this.#signalOne("loading", "SIGKILL", (template) => template.function === first.target);
    return second === null ? null : { pids: [...first.pids, ...second.pids], target: first.target };
  }

  async #stopAndContinue(): Promise<Done> {
    const { mark, random } = this.#options;
    const stopped = await this.#signalOne("parked", "SIGSTOP");
    if (stopped === null) return null;
    await pause(random.whole(stopMs.least, stopMs.most));
    for (const pid of stopped.pids) signalMarked(pid, mark, "SIGCONT");
    return { pids: [], target: stopped.target };
  }

  /** A child that was forked ahead is killed: perhaps at the moment in which somebody takes it for an instance. */
  async #killAhead(): Promise<Done> {
    const { host, mark, random } = this.#options;
    const all = await host.childrenAhead();
    if (all.length === 0) return null;
    const pid = random.pick(all);
    return signalMarked(pid, mark, "SIGKILL") ? { pids: [pid], target: String(pid) } : null;
  }

  /** Signals the first template that is as wanted, once there is one. */
  async #signalOne(
    state: TemplateState,
    signal: NodeJS.Signals,
    isWanted: (template: TemplateInfo) => boolean = () => true,
  ): Promise<Done> {
    const { host, mark, random } = this.#options;
    const until = Date.now() + searchMs;
    while (Date.now() < until) {
      const found = (await host.templates()).filter((each) => each.state === state && each.pid !== null);
      const wanted = found.filter(isWanted);
      if (wanted.length > 0) {
        const { pid, function: target } = random.pick(wanted);
        return pid !== null && signalMarked(pid, mark, signal) ? { pids: [pid], target } : null;
      }
      await pause(lookAgainMs);
    }
    return null;
  }
}
