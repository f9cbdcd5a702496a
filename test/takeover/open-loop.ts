import { connect, type Socket } from "node:net";

/** A request whose answer was not the expected one. */
export interface Failure {
  readonly kind: Kind;
  readonly reason: string;
  readonly atMs: number;
}

export interface LoadResult {
  /** Requests that were answered as they should be. */
  readonly answered: number;
  readonly failures: readonly Failure[];
  /** Longest wait for an answer, in milliseconds. */
  readonly slowestMs: number;
}

/** Requests under way whatever becomes of them: each at its time, and none waits for another. */
export interface OpenLoop {
  /** Answers so far. */
  readonly answered: number;
  /** Starts no more requests, and resolves when all are answered. */
  stop(): Promise<LoadResult>;
}

/** What a request does: on a connection of its own or a kept one, with a body or without. */
type Kind = "get once" | "get kept" | "post once" | "post kept";
const kinds: readonly Kind[] = ["get once", "get kept", "post once", "post kept"];

/** An answer of the app under load: what came in, so that nothing is answered twice or to another. */
interface Answer {
  readonly status: number;
  readonly body: string;
  readonly keepsAlive: boolean;
}

/**
 * Sends requests to an app that answers each with its method, target and body, `everyMs` one, over real sockets.
 * A kept connection is taken again unless its answer said `Connection: close` or it has ended meanwhile.
 */
export function startOpenLoop(url: string, everyMs: number): OpenLoop {
  const port = Number(new URL(url).port);
  const kept: Client[] = [];
  const failures: Failure[] = [];
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  let answered = 0;
  let sent = 0;
  let slowestMs = 0;
  const one = async (number: number): Promise<void> => {
    const kind = kinds[number % kinds.length] ?? "get once";
    const isKept = kind.endsWith("kept");
    const body = kind.startsWith("post") ? `body ${number} ${"x".repeat(number % 5000)}` : "";
    const client = (isKept ? takeOpen(kept) : null) ?? new Client(port);
    const at = performance.now();
    try {
      const method = body === "" ? "GET" : "POST";
      const answer = await client.ask(method, `/${number}`, body, isKept);
      const expected = `${method} /${number} ${body}`;
      if (answer.status !== 200 || answer.body !== expected) {
        throw new Error(`answered ${answer.status} ${answer.body.slice(0, 200)}`);
      }
      answered++;
      if (isKept && answer.keepsAlive) kept.push(client);
      else client.close();
    } catch (error) {
      failures.push({ kind, reason: String(error), atMs: Math.round(at - startedAt) });
      client.close();
    }
    slowestMs = Math.max(slowestMs, performance.now() - at);
  };
  const timer = setInterval(() => {
    // A late timer sends what it owes: the loop stays open.
    const due = Math.floor((performance.now() - startedAt) / everyMs);
    for (; sent < due; sent++) {
      const request = one(sent);
      running.add(request);
      void request.then(() => running.delete(request));
    }
  }, everyMs);
  return {
    get answered() {
      return answered;
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all(running);
      for (const client of kept) client.close();
      return { answered, failures, slowestMs };
    },
  };
}

function takeOpen(kept: Client[]): Client | null {
  for (let client = kept.shift(); client !== undefined; client = kept.shift()) if (client.isOpen) return client;
  return null;
}

/** One connection, and one request at a time on it. */
class Client {
  readonly #socket: Socket;
  #isOpen = true;
  #text = "";
  #onChange: () => void = () => {};

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (chunk: Buffer) => {
      this.#text += chunk.toString("latin1");
      this.#onChange();
    });
    this.#socket.on("error", (error) => this.#end(error.message));
    this.#socket.on("end", () => this.#end("connection ended"));
    this.#socket.on("close", () => this.#end("connection closed"));
  }

  #endedBy: string | null = null;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  ask(method: string, target: string, body: string, isKept: boolean): Promise<Answer> {
    this.#text = "";
    const framing = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
    const connection = isKept ? "" : "Connection: close\r\n";
    this.#socket.write(`${method} ${target} HTTP/1.1\r\nHost: app\r\n${connection}${framing}\r\n${body}`);
    return new Promise((resolve, reject) => {
      this.#onChange = () => {
        const answer = readAnswer(this.#text);
        if (answer !== null) resolve(answer);
        else if (this.#endedBy !== null)
          reject(new Error(`${this.#endedBy} after ${JSON.stringify(this.#text.slice(0, 200))}`));
      };
      this.#onChange();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #end(why: string): void {
    this.#isOpen = false;
    this.#endedBy ??= why;
    this.#onChange();
  }
}

/** Reads a response with a Content-Length; null while it is not whole. */
function readAnswer(text: string): Answer | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const head = text.slice(0, end);
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? Number.NaN);
  const body = text.slice(end + 4);
  if (Number.isNaN(length)) throw new Error(`A response without Content-Length: ${head}`);
  if (body.length < length) return null;
  return {
    status: Number(head.slice(9, 12)),
    body: body.slice(0, length),
    keepsAlive: !/^connection: close$/im.test(head),
  };
}
