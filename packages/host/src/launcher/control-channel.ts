import type { Duplex } from "node:stream";
import type { AgentMessage, HostMessage } from "@tidegate/agent";
import type { FunctionConfig } from "@tidegate/core";
import type { Usage } from "./launcher.ts";
import { createLineReader } from "./line-reader.ts";

/** The host's end of the control stream of a Node instance. */
export class ControlChannel {
  readonly #stream: Duplex | null;
  readonly #onReady: (protocol: FunctionConfig["protocol"]) => void;
  #asked = 0;
  #isEnded: boolean;
  /** The one question that is open; a second one would only wait behind it. */
  #open: {
    readonly id: number;
    readonly answer: Promise<Usage | null>;
    readonly resolve: (usage: Usage | null) => void;
  } | null = null;

  /** @param onReady the instance listens, and what it speaks; may be called more than once */
  constructor(stream: Duplex | null, onReady: (protocol: FunctionConfig["protocol"]) => void) {
    this.#stream = stream;
    this.#onReady = onReady;
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
    if (message?.type === "ready") this.#onReady(message.protocol);
    if (message?.type !== "metrics" || message.id !== this.#open?.id) return;
    const { cpuMs, memoryBytes, eventLoopDelayMs } = message;
    this.#open.resolve({ cpuMs, memoryBytes, eventLoopDelayMs });
    this.#open = null;
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.forget();
  }
}

/** An app may write to the descriptor by mistake: whatever is no message is not heeded. */
function parseMessage(line: string): AgentMessage | null {
  try {
    return JSON.parse(line) as AgentMessage | null;
  } catch {
    return null;
  }
}
