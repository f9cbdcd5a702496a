import type { ForkOrder } from "@tidegate/agent";
import type { Forking } from "@tidegate/fork";
import type { InstanceGroup } from "../cgroup/instance-group.ts";
import { type Child, superviseChild } from "../launcher/child.ts";
import { ControlChannel } from "../launcher/control-channel.ts";
import type { InstanceOutput } from "../launcher/instance-output.ts";
import type { Exit } from "../launcher/launcher.ts";
import { killBeforeHost } from "../launcher/oom-score.ts";
import { signalProcess } from "../launcher/process-group.ts";
import type { ChildStreams } from "./child-streams.ts";

/**
 * A child that its template was ordered to fork. It waits, in native code, for the order that makes it an instance, which may
 * be sent before there is a child: then the order waits in the socket.
 */
export class HeldChild {
  readonly control: ControlChannel;
  /** Resolves when there is a child; rejects with what the system says when there will be none. */
  readonly forked: Promise<Child>;
  readonly #resolve: (child: Child) => void;
  readonly #reject: (error: Error) => void;
  readonly #forking: Forking;
  readonly #streams: ChildStreams;
  readonly #createGroup: (() => InstanceGroup | null) | null;
  #child: Child | null = null;
  /** Whether it is where it has to be before anything of the app runs in it. */
  #isPlaced: boolean;
  /** What it is told once it is there. */
  #order: ForkOrder | null = null;
  #isRefused = false;
  #isBegun = false;

  /** @param createGroup makes its control group, or null when it cannot; null: it gets none */
  constructor(forking: Forking, streams: ChildStreams, createGroup: (() => InstanceGroup | null) | null) {
    this.#forking = forking;
    this.#streams = streams;
    this.#createGroup = createGroup;
    this.#isPlaced = createGroup === null;
    const { promise, resolve, reject } = Promise.withResolvers<Child>();
    this.forked = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    promise.catch(() => {}); // nobody waits for a spare
    this.control = new ControlChannel(streams.control, (pid) => this.onForked(pid));
    for (const output of [streams.stdout, streams.stderr]) output.on("error", () => {}); // "close" follows
    // A child says its number before anything else: without one, nobody holds the other end any more.
    streams.control.once("close", () => {
      if (this.#child === null) this.refuse(templateGone());
    });
  }

  /** Its process id; null before it is known. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Told by the child or by its template, whoever is first. */
  onForked(pid: number): void {
    if (this.#child !== null || this.#isRefused) return;
    let ended: Promise<Exit>;
    try {
      ended = this.#endOf(pid);
    } catch (error) {
      // Without a descriptor to watch it by, it could not be told when it ends: what ends now is reaped as any orphan.
      signalProcess(pid, "SIGKILL");
      this.refuse(error as Error);
      return;
    }
    killBeforeHost(pid);
    const { control, stdout, stderr } = this.#streams;
    const read = Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.once("close", resolve))));
    const group = this.#createGroup?.() ?? null;
    this.#child = superviseChild(pid, ended, read, group);
    void this.#child.ended.then(() => {
      if (!this.#isBegun) this.#destroyStreams();
    });
    void this.#child.exited.then(() => control.destroy());
    if (group === null) this.#onPlaced();
    else void group.enter(pid).then(() => this.#onPlaced());
    this.#resolve(this.#child);
  }

  /** There is no child, and will be none. */
  refuse(error: Error): void {
    if (this.#child !== null || this.#isRefused) return;
    this.#isRefused = true;
    this.#destroyStreams();
    this.#reject(error);
  }

  /**
   * Makes it an instance. Its output is not read before `readOutput`.
   * @throws what the system says when it is gone
   */
  begin(order: ForkOrder): void {
    if (this.#streams.control.destroyed) throw templateGone();
    if (this.#isPlaced) this.#send(order);
    else this.#order = order;
    this.#isBegun = true;
  }

  readOutput(output: InstanceOutput): void {
    this.#streams.stdout.on("data", (chunk: Buffer) => output.read("stdout", chunk));
    this.#streams.stderr.on("data", (chunk: Buffer) => output.read("stderr", chunk));
  }

  /** Ends it; it was no instance yet. Resolves when nothing of it is left. */
  async drop(): Promise<void> {
    const child = await this.forked.catch(() => null);
    child?.signal("SIGKILL");
    await child?.exited;
  }

  /** A spare is in its group long before anybody waits for it; a child that was ordered just now enters it first. */
  #onPlaced(): void {
    this.#isPlaced = true;
    if (this.#order === null || this.#streams.control.destroyed) return;
    try {
      this.#send(this.#order);
    } catch {
      // Nobody is there, which its end tells. Else it must not wait for ever.
      this.#child?.signal("SIGKILL");
    }
  }

  #send(order: ForkOrder): void {
    // Not through the stream: this is sooner, and tells at once when nobody is there.
    this.#forking.send(this.#streams.controlDescriptor, `${JSON.stringify(order)}\n`, []);
  }

  #endOf(pid: number): Promise<Exit> {
    // Not within `new Promise`, which would make a rejection of what the system refuses.
    const { promise, resolve } = Promise.withResolvers<Exit>();
    this.#forking.watchExit(pid, (code, signal) => {
      resolve({ code, signal: signal as NodeJS.Signals | null, cause: null });
    });
    return promise;
  }

  #destroyStreams(): void {
    const { control, stdout, stderr } = this.#streams;
    for (const stream of [control, stdout, stderr]) stream.destroy();
  }
}

/** What an order fails with when its template is gone: as the system says of a process that is. */
export function templateGone(): Error {
  return Object.assign(new Error("the template is gone"), { code: "ESRCH", syscall: "fork" });
}
