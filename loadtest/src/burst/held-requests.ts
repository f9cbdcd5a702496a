import { type Address, type AnswerReceiver, HttpConnection } from "../generator/http-connection.ts";
import { fieldOf } from "../generator/response-reader.ts";

/** Connections that are opened at once: no more, so that none has to be tried again. */
const batch = 100;
/** The body is a chunk and, when the request is let go, its end. */
const head = "POST / HTTP/1.1\r\nHost: bench\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
const firstChunk = "4\r\nhold\r\n";
const bodyEnd = "0\r\n\r\n";

/** What came of one request. */
export interface HeldAnswer {
  /** When its content was there, on the clock of `performance.now()`. */
  readonly at: number;
  /** The instance's process. */
  readonly pid: number;
}

/** Requests that are answered and stay open until they are let go, so that each holds a place in an instance. */
export class HeldRequests {
  readonly #connections: readonly HttpConnection[];
  readonly #ends: Promise<void>[] = [];

  private constructor(connections: readonly HttpConnection[]) {
    this.#connections = connections;
  }

  /** Opens the connections for so many: what is measured afterwards is not the client's connecting. */
  static async open(address: Address, count: number): Promise<HeldRequests> {
    const open: HttpConnection[] = [];
    while (open.length < count) {
      const next = Array.from({ length: Math.min(batch, count - open.length) }, () => connected(address));
      open.push(...(await Promise.all(next)));
    }
    return new HeldRequests(open);
  }

  /**
   * Sends all of them at once. Resolves when each has been answered with 200, in the order of their answers.
   *
   * @param onAnswer told how many are, with each
   */
  async send(onAnswer: (count: number) => void = () => {}): Promise<HeldAnswer[]> {
    const answers: HeldAnswer[] = [];
    await Promise.all(
      this.#connections.map((connection) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const whole = Promise.withResolvers<void>();
        this.#ends.push(whole.promise);
        whole.promise.catch(reject);
        const receiver = heldReceiver((answer) => {
          onAnswer(answers.push(answer));
          resolve();
        }, whole);
        connection.send(head + firstChunk, receiver);
        return promise;
      }),
    );
    return answers;
  }

  /** Ends all requests; resolves when each response is whole, rejects when one was broken off. */
  async release(): Promise<void> {
    for (const connection of this.#connections) connection.socket.write(bodyEnd);
    await Promise.all(this.#ends);
  }

  close(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}

async function connected(address: Address): Promise<HttpConnection> {
  const connection = new HttpConnection(address);
  const { promise, resolve, reject } = Promise.withResolvers<HttpConnection>();
  connection.socket.once("connect", () => resolve(connection)).once("error", reject);
  return promise;
}

function heldReceiver(onAnswer: (answer: HeldAnswer) => void, whole: PromiseWithResolvers<void>): AnswerReceiver {
  let pid = 0;
  let isAnswered = false;
  return {
    method: "POST",
    onHead: ({ status, text }) => {
      if (status !== 200) whole.reject(new Error(`Cannot hold a request: status ${status}`));
      pid = Number(fieldOf(text, "x-pid") ?? 0);
    },
    onBody: () => {
      if (isAnswered) return;
      isAnswered = true;
      onAnswer({ at: performance.now(), pid });
    },
    onEnd: () => whole.resolve(),
    onBroken: (cause) => whole.reject(cause ?? new Error("Cannot hold a request: its connection was closed")),
  };
}
