import { closeSync, openSync, readSync } from "node:fs";
import type { InstanceStart, InvocationRecord } from "@tidegate/core";
import type { HostEvent } from "@tidegate/host";

type Logged = { readonly time: string; readonly msg: string } & (
  | HostEvent
  | ({ readonly type: "request" } & InvocationRecord)
  | { readonly type: "stopped" }
  | { readonly type: undefined }
);

/** An instance, as the host told of it. */
export interface InstanceLife {
  readonly name: string;
  readonly function: string;
  /** How it was started, as it was told last. */
  start: InstanceStart;
  /** Its process; several where hosts that followed one another gave the same name. */
  readonly pids: Set<number>;
  /** Each state with the wall-clock time it was told at, in milliseconds. */
  readonly states: { readonly state: string; readonly at: number; readonly reason: string | null }[];
}

/** Reads what a host logs, as JSON lines in a file, while it writes. */
export class HostLog {
  /** Records of each request id; there should be one. */
  readonly records: Map<string, InvocationRecord[]> = new Map();
  readonly instances: Map<string, InstanceLife> = new Map();
  /** How often the host told each problem, by its code. */
  readonly problems: Map<string, number> = new Map();
  /** Errors of the host's own that nobody caught. */
  readonly faults: string[] = [];
  /** Addresses of inspectors that were opened, in order. */
  readonly inspectors: string[] = [];
  /** Lines that are no log entries, the first ones. */
  readonly unread: string[] = [];
  /** Where it serves; null before it does. */
  url: string | null = null;
  /** Whether the last thing it said is that it has stopped. */
  isStopped = false;
  /** Changes of the number of instances that were wanted: more, and fewer. */
  scaledUp = 0;
  scaledDown = 0;
  readonly #file: number;
  readonly #chunk: Buffer = Buffer.alloc(256 * 1024);
  #partial = "";

  constructor(file: string) {
    this.#file = openSync(file, "r");
  }

  /** Reads what has been written since the last time. */
  read(): void {
    for (;;) {
      const length = readSync(this.#file, this.#chunk, 0, this.#chunk.length, null);
      if (length === 0) return;
      const lines = (this.#partial + this.#chunk.toString("latin1", 0, length)).split("\n");
      this.#partial = lines.pop() ?? "";
      for (const line of lines) {
        if (line.startsWith("{")) this.#take(JSON.parse(line));
        else this.#takeOther(line);
      }
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Processes of an instance of this name. */
  pidsOf(instance: string | null): readonly number[] {
    return instance === null ? [] : [...(this.instances.get(instance)?.pids ?? [])];
  }

  /** Processes of all instances a function had. */
  pidsOfFunction(name: string): Set<number> {
    return new Set([...this.instances.values()].flatMap((life) => (life.function === name ? [...life.pids] : [])));
  }

  /** Instances that were forked. */
  get forked(): number {
    return [...this.instances.values()].filter(({ start }) => start === "fork").length;
  }

  #takeOther(line: string): void {
    const inspector = /^Debugger listening on (ws:\S+)/.exec(line)?.[1];
    if (inspector !== undefined) this.inspectors.push(inspector);
    else if (this.unread.length < 50) this.unread.push(line);
  }

  #take(entry: Logged): void {
    this.isStopped = entry.type === "stopped";
    if (entry.type === "listening") this.url = entry.url;
    else if (entry.type === "request") {
      const { requestId } = entry;
      const known = this.records.get(requestId);
      if (known === undefined) this.records.set(requestId, [entry]);
      else known.push(entry);
    } else if (entry.type === "instance") {
      const life = this.instances.get(entry.instance) ?? {
        name: entry.instance,
        function: entry.function,
        start: entry.start,
        pids: new Set(),
        states: [],
      };
      life.start = entry.start;
      if (entry.pid !== null) life.pids.add(entry.pid);
      life.states.push({ state: entry.state, at: Date.parse(entry.time), reason: entry.reason });
      this.instances.set(entry.instance, life);
    } else if (entry.type === "problem") {
      this.problems.set(entry.code, (this.problems.get(entry.code) ?? 0) + 1);
      if (entry.code === "TIDEGATE_HOST_FAULT") this.faults.push(entry.msg);
    } else if (entry.type === "scale") {
      if (entry.desired > entry.from) this.scaledUp++;
      else this.scaledDown++;
    }
  }
}
