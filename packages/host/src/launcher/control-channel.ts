import type { Duplex } from "node:stream";
import type { AgentMessage, HostMessage } from "@tidegate/agent";
import type { FunctionConfig } from "@tidegate/core";
import type { Usage } from "./launcher.ts";
import { createLineReader } from "./line-reader.ts";

type Protocol = FunctionConfig["protocol"];

/** What a forked child says first, before anything of its app runs in it. */
interface ForkedMessage {
  readonly type: "forked";
  readonly pid: number;
}

/** The host's end of the control stream of a Node instance. */
export class ControlChannel {
  /** Resolves when the instance listens; stays pending when it never does. */
  readonly ready: Promise<void>;
  /** What the instance speaks, once it listens. */
  protocol: Protocol = "http1";
  readonly #stream: Duplex | null;
  readonly #onReady: () => void;
  readonly #onForked: (pid: number) => void;
  #asked = 0;
  #isEnded: boolean;
  /** The one question that is open; a second one would only wait behind it. */
  #open: {
    readonly id: number;
    readonly answer: Promise<Usage | null>;
    readonly resolve: (usage: Usage | null) => void;
  } | null = null;

  /** @param onForked told the process id of a forked child */
  constructor(stream: Duplex | null, onForked: (pid: number) => void = () => {}) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#onReady = resolve;
    this.#onForked = onForked;
    this.#stream = stream;
    this.#isEnded = stream === null;
    const read = createLineReader((line) => this.#onLine(line));
    stream?.on("data", read);
    stream?.on("error", () => {}); // the child is gone; "close" follows
    stream?.once("end", () => this.#end());
    stream?.once("close", () => this.#end());
  }

  /** Resolves when the event loop of the instance turned to answer; with null when it never will. */
  measure(): Promise<Usage | null> {
    if (this.#isEnded || this.#stream === null) return Promise.resolve(null);
    if (this.#open !== null) return this.#open.answer;
    const { promise: answer, resolve } = Promise.withResolvers<Usage | null>();
    const message: HostMessage = { type: "measure", id: ++this.#asked, at: Number(process.hrtime.bigint()) / 1e6 };
    this.#open = { id: message.id, answer, resolve };
    this.#stream.write(`${JSON.stringify(message)}\n`);
    return answer;
  }

  /** Forgets the open question: its answer would tell of a time in which the instance was frozen. */
  forget(): void {
    this.#open?.resolve(null);
    this.#open = null;
  }

  #onLine(line: string): void {
    const message = parseMessage(line);
    if (message?.type === "ready") {
      this.protocol = message.protocol;
      this.#onReady();
    }
    if (message?.type === "forked") this.#onForked(message.pid);
    if (message?.type !== "metrics" || message.id !== this.#open?.id) return;
    const { cpuMs, memoryBytes, eventLoopDelayMs } = message;
    this.#open.resolve({ cpuMs, memoryBytes, sharedBytes: 0, eventLoopDelayMs });
    this.#open = null;
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.forget();
  }
}

/** An app may write to the descriptor by mistake: whatever is no message is not heeded. */
function parseMessage(line: string): AgentMessage | ForkedMessage | null {
  try {
    return JSON.parse(line) as AgentMessage | ForkedMessage | null;
  } catch {
    return null;
  }
}
