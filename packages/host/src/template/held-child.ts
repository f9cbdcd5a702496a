import type { ForkOrder } from "@tidegate/agent";
import type { Forking } from "@tidegate/fork";
import { type Child, superviseChild } from "../launcher/child.ts";
import { ControlChannel } from "../launcher/control-channel.ts";
import type { InstanceOutput } from "../launcher/instance-output.ts";
import type { Exit } from "../launcher/launcher.ts";
import { signalProcess } from "../launcher/process-group.ts";
import { killBeforeHost } from "../launcher/oom-score.ts";
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
  #child: Child | null = null;
  #isRefused = false;
  #isBegun = false;

  constructor(forking: Forking, streams: ChildStreams) {
    this.#forking = forking;
    this.#streams = streams;
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
    const { control, stdout, stderr } = this.#streams;
    const read = Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.once("close", resolve))));
    this.#child = superviseChild(pid, ended, read);
    void this.#child.ended.then(() => {
      if (!this.#isBegun) this.#destroyStreams();
    });
    void this.#child.exited.then(() => control.destroy());
    this.#resolve(this.#child);
  }
    killBeforeHost(pid);

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
    const { control, controlDescriptor } = this.#streams;
    if (control.destroyed) throw templateGone();
    // Not through the stream: this is sooner, and tells at once when nobody is there.
    this.#forking.send(controlDescriptor, `${JSON.stringify(order)}\n`, []);
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
