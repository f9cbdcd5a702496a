import type { ForkOrder } from "@tidegate/agent";
import type { FunctionConfig } from "@tidegate/core";
import type { Forking } from "@tidegate/fork";
import type { InstanceGroups } from "../cgroup/instance-groups.ts";
import type { Child } from "../launcher/child.ts";
import { InstanceOutput } from "../launcher/instance-output.ts";
import type { Launched, LaunchOptions } from "../launcher/launcher.ts";
import { instanceEnvironment } from "../launcher/node-environment.ts";
import { nodeInstance } from "../launcher/node-instance.ts";
import { createSocketPath } from "../launcher/socket-path.ts";
import type { HeldChild } from "./held-child.ts";
import type { Loaded } from "./loaded.ts";
import { proportionalBytes, type SharedBySiblings, SharedMemory } from "./shared-memory.ts";
import { Spare } from "./spare.ts";
import { TemplateChild } from "./template-child.ts";

export interface TemplateOptions {
  /** Its entry is a Node program. */
  readonly function: FunctionConfig;
  readonly revision: string;
  /** Port of the gateway: what an app that asks for any port is told it has. */
  readonly publicPort: number;
  /** Where its instances get control groups. Default: they get none. */
  readonly groups?: InstanceGroups | null;
  /** Default: what this system has. */
  readonly forking?: Forking;
}

/** A process that has loaded a revision's app up to its fork point, and from which instances are forked. */
export class Template {
  /** What came of loading the app. Resolves always. */
  readonly loaded: Promise<Loaded>;
  /** Resolves when nothing of its process is left; instances that were forked from it go on. */
  readonly ended: Promise<void>;
  readonly #process: TemplateChild;
  readonly #spare: Spare;
  readonly #shared: SharedBySiblings = { bytes: 0, firstLook: null };

  private constructor(options: TemplateOptions) {
    this.#process = new TemplateChild(options);
    this.#spare = new Spare(this.#process);
    this.loaded = this.#process.loaded.then((loaded) => {
      if (loaded.kind === "parked") this.#spare.prepare();
      return loaded;
    });
    this.ended = this.#process.exited.then(() => this.#spare.close());
  }

  /** Starts to load the app. Never throws: `loaded` tells what the system refused. */
  static start(options: TemplateOptions): Template {
    return new Template(options);
  }

  /** Process id; null when there is no process (any more). */
  get pid(): number | null {
    return this.#process.pid;
  }

  /**
   * Forks an instance.
   *
   * @throws what the system says when it refuses a process, a descriptor or a socket, with its `code`; ESRCH when the
   * template is gone
   */
  async fork(options: LaunchOptions): Promise<Launched> {
    const { function: fn, instance, runtimeDir, publicPort } = options;
    const path = createSocketPath(runtimeDir, instance);
    const order: ForkOrder = { environment: instanceEnvironment(path, publicPort) };
    const held = this.#spare.begin(order) ?? (await this.#order(order));
    const child = await held.forked;
    const output = new InstanceOutput(options.onOutput);
    this.#process.output.replay(output, { template: this.pid, instance: child.pid });
    held.readOutput(output);
    const memory = new SharedMemory(child.pid, this.#shared);
    const launched = nodeInstance({
      start: "fork",
      function: fn,
      child,
      control: held.control,
      output,
      path,
      sharedBytes: () => memory.read(),
    });
    this.#prepareNext(child, launched);
    return launched;
  }

  /**
   * Has the template read which pages an instance has written, so that the next ones have them copied before anybody waits.
   * The more of its work the instance has done by now, the better: one that has answered a request.
   */
  learn(pid: number): void {
    this.#spare.learn(pid);
  }

  /** What it keeps of memory, in bytes, its spare included: pages that it shares count in part. Null when not known. */
  async memoryBytes(): Promise<number | null> {
    const { pid } = this.#process;
    const own = pid === null ? null : await proportionalBytes(pid);
    const spare = this.#spare.pid === null ? 0 : ((await proportionalBytes(this.#spare.pid)) ?? 0);
    return own === null ? null : own + spare;
  }

  /** Gives the system its memory back, as far as that can be had again from disk. The next fork takes longer. */
  reclaim(): void {
    void this.#spare.drop();
    this.#process.tell("reclaim");
  }

  /** Ends it; forks under way are done first. Idempotent. Resolves when nothing of it is left. */
  async stop(): Promise<void> {
    await Promise.all([this.#spare.close(), this.#process.stop()]);
  }

  async #order(order: ForkOrder): Promise<HeldChild> {
    const held = await this.#process.order();
    try {
      held.begin(order);
    } catch (error) {
      void held.drop();
      throw error;
    }
    return held;
  }

  #prepareNext(child: Child, launched: Launched): void {
    const { pid } = child;
    if (pid === null) return;
    const release = this.#spare.beginStart();
    void Promise.race([launched.ready.then(() => true), launched.ended.then(() => false)]).then((isReady) => {
      release(isReady ? pid : null);
    });
  }
}
