import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import type { HostEvent } from "@tidegate/host";
import { monotonicMs } from "./monotonic.ts";

/** What a host does for a request for which it starts an instance, in the order in which it does. */
export type HostMark = "accepted" | "ordered" | "launched" | "ready" | "connecting" | "connected" | "answering";

/** When each was last, on the clock of `monotonicMs`. */
export type HostMarks = Partial<Record<HostMark, number>>;

/** Watches this process's sockets, from outside of the host's code: what is measured is the same code without it. */
export class HostWatcher {
  #marks: HostMarks = {};

  constructor() {
    subscribe("net.server.socket", () => this.#mark("accepted"));
    subscribe("net.client.socket", (message) => this.#watch((message as { readonly socket: Socket }).socket));
  }

  /** To be told the host's events. */
  take(event: HostEvent): void {
    if (event.type !== "instance") return;
    if (event.state === "starting" && event.pid !== null) this.#mark("launched");
    if (event.state !== "ready" || event.startMs === null) return;
    this.#mark("ready");
    this.#marks.ordered = (this.#marks.ready ?? 0) - event.startMs;
  }

  /** The marks since the last time. */
  marks(): HostMarks {
    const marks = this.#marks;
    this.#marks = {};
    return marks;
  }

  #watch(socket: Socket): void {
    this.#mark("connecting");
    socket.once("connect", () => this.#mark("connected"));
    const { emit } = socket;
    // A listener of "data" would set the socket flowing before its owner wants it to.
    socket.emit = (name: string | symbol, ...args: unknown[]): boolean => {
      if (name === "data") {
        this.#mark("answering");
        socket.emit = emit;
      }
      return Reflect.apply(emit, socket, [name, ...args]);
    };
  }

  #mark(name: HostMark): void {
    this.#marks[name] = monotonicMs();
  }
}
