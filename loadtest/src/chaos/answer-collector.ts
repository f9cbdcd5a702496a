import type { Socket } from "node:net";
import type { AnswerReceiver } from "../generator/http-connection.ts";
import { type AnswerHead, fieldOf } from "../generator/response-reader.ts";
import type { Outcome } from "./outcome.ts";
import { PatternCheck } from "./pattern.ts";

/** A client that got nothing for this long has been forgotten, in milliseconds. */
const hungAfterMs = 90_000;

/** Collects what comes of one request, and tells once how that ended. */
export class AnswerCollector implements AnswerReceiver {
  readonly method: string;
  readonly outcome: Promise<Outcome>;
  readonly #check: PatternCheck;
  readonly #earlier: number;
  readonly #sentAt: number = Date.now();
  readonly #timer: NodeJS.Timeout;
  #resolve: (outcome: Outcome) => void = () => {};
  #head: AnswerHead | null = null;
  #own = "";
  #isAborted = false;
  /** Told the head, and each part of the body, of a response of the app. */
  onProgress: ((bytes: number) => void) | null = null;
  /** Told the socket after a 101. */
  onSocket: ((socket: Socket, first: Buffer) => void) | null = null;

  /** Status of the Close frame that ended a WebSocket. */
  closeStatus: number | null = null;

  /** @param earlier requests that the connection carried before */
  constructor(id: string, method: string, earlier: number) {
    this.method = method;
    this.#earlier = earlier;
    this.#check = new PatternCheck(id);
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = setTimeout(() => this.#end("hung", "no end in sight"), hungAfterMs);
  }

  /** The client goes away now: whatever the connection tells from here on is its own doing. */
  abort(): void {
    this.#isAborted = true;
  }

  onHead(head: AnswerHead): void {
    this.#head = head;
    this.onProgress?.(0);
  }

  onBody(chunk: Buffer): void {
    if (this.#isApps) this.#check.take(chunk);
    else this.#own += chunk.toString("latin1");
    this.onProgress?.(this.#check.bytes);
  }

  onEnd(): void {
    this.#end("answered", null);
  }

  onBroken(cause: Error | null): void {
    const code = (cause as NodeJS.ErrnoException | null)?.code;
    const isUnconnected = code === "ECONNREFUSED" || code === "EADDRNOTAVAIL" || code === "EMFILE";
    this.#end(isUnconnected ? "unconnected" : "broken", cause?.message ?? "closed");
  }

  onUpgrade(socket: Socket, first: Buffer): void {
    if (this.onSocket === null) this.#end("broken", "upgraded without being asked");
    else this.onSocket(socket, first);
  }

  get #isApps(): boolean {
    return this.#head !== null && fieldOf(this.#head.text, "x-chaos-id") !== null;
  }

  #end(end: Outcome["end"], cause: string | null): void {
    clearTimeout(this.#timer);
    const text = this.#head?.text ?? "";
    const pid = fieldOf(text, "x-chaos-pid");
    this.#resolve({
      end: this.#isAborted && end === "broken" ? "aborted" : end,
      sentAt: this.#sentAt,
      endedAt: Date.now(),
      earlier: this.#earlier,
      status: this.#head?.status ?? 0,
      code: /"code":"(TIDEGATE_\w+)"/.exec(this.#own)?.[1] ?? null,
      id: fieldOf(text, "x-chaos-id"),
      pid: pid === null ? null : Number(pid),
      received: fieldOf(text, "x-chaos-received"),
      bytes: this.#check.bytes,
      wrongAt: this.#check.wrongAt,
      retryAfter: fieldOf(text, "retry-after"),
      closeStatus: this.closeStatus,
      cause,
    });
  }
}
