import { setTimeout as pause } from "node:timers/promises";
import { type Address, HttpConnection } from "../generator/http-connection.ts";
import { AnswerCollector } from "./answer-collector.ts";
import { Http2Client } from "./http2-client.ts";
import type { Outcome } from "./outcome.ts";
import { patternOf } from "./pattern.ts";
import { type RequestPlan, targetOf } from "./request-plan.ts";
import { runWebSocket } from "./websocket-session.ts";

/** Kept connections idle for longer are not used again, in milliseconds: well before the host's own 5 s are over. */
const staleMs = 2_500;

/** A slow reader stops for this long after each part it took, in milliseconds. */
const slowReadMs = 30;

/** After a hard abort is asked for, the time a request gets to arrive where it is to be cut off, in milliseconds. */
const abortAfterMs = { "at-once": 0, dispatched: 60, "mid-upload": 70, "mid-response": 120 } as const;

/** Carries requests out, each in the way its plan says. */
export class ChaosClients {
  readonly #address: Address;
  readonly #idle: HttpConnection[] = [];
  readonly #http2: Http2Client;

  constructor(address: Address) {
    this.#address = address;
    this.#http2 = new Http2Client(`http://${address.host}:${address.port}`);
  }

  /** Sends the request; resolves when it is over, whatever came of it. Never rejects. */
  async send(plan: RequestPlan): Promise<Outcome> {
    switch (plan.client) {
      case "kept":
      case "events":
        return this.#exchange(plan, this.#kept());
      case "pipelined":
        return this.#exchange(plan, this.#ahead());
      case "websocket": {
        const connection = this.#single();
        const collector = new AnswerCollector(plan.id, plan.method, 0);
        return runWebSocket(plan, connection, collector, headOf(plan));
      }
      case "upload": {
        // Never kept: a response that comes before the body's end leaves nobody knowing what the rest of it is.
        const connection = this.#single();
        const outcome = await this.#exchange(plan, connection);
        connection.destroy();
        return outcome;
      }
      case "http2":
        return this.#http2.send(plan);
      case "single":
      case "slow-reader":
        return this.#exchange(plan, this.#single());
    }
  }

  /** Closes all kept connections. */
  close(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
    this.#http2.close();
  }

  #kept(): HttpConnection {
    const now = performance.now();
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      if (last.isOpen && now - last.idleSince < staleMs) return last;
      last.destroy();
    }
    return new HttpConnection(this.#address, (connection) => this.#idle.push(connection));
  }

  #single(): HttpConnection {
    return new HttpConnection(this.#address);
  }

  #pipeline: HttpConnection | null = null;

  /** One connection for all that are sent ahead: each is written whether those before it are answered or not. */
  #ahead(): HttpConnection {
    const last = this.#pipeline;
    if (last?.isOpen && performance.now() - last.idleSince < staleMs && last.requests < 50) return last;
    // The former one is left to finish; the host closes it when it has been idle for long enough.
    this.#pipeline = new HttpConnection(this.#address);
    return this.#pipeline;
  }

  async #exchange(plan: RequestPlan, connection: HttpConnection): Promise<Outcome> {
    const collector = new AnswerCollector(plan.id, plan.method, connection.requests);
    if (plan.client === "slow-reader") slowDown(connection, collector);
    const closes = plan.client === "single" || plan.client === "slow-reader";
    const isWhole = plan.pieces === 1;
    const head = headOf(plan, closes);
    if (isWhole && plan.bodyBytes > 0) {
      connection.send(Buffer.concat([Buffer.from(head, "latin1"), patternOf(plan.id, plan.bodyBytes)]), collector);
    } else {
      connection.send(head, collector);
    }
    if (plan.abort !== null) {
      setTimeout(() => {
        collector.abort();
        connection.destroy();
      }, abortAfterMs[plan.abort]);
    }
    if (!isWhole) await sendPieces(plan, connection, collector);
    const outcome = await collector.outcome;
    if (outcome.end === "hung") connection.destroy();
    return outcome;
  }
}

/** Head of the request of a plan. */
function headOf(plan: RequestPlan, closes = false): string {
  const isChunked = plan.isChunked && plan.pieces > 1;
  const hasBody = plan.bodyBytes > 0 || plan.method === "POST" || plan.method === "PUT";
  const framing = isChunked ? "Transfer-Encoding: chunked\r\n" : hasBody ? `Content-Length: ${plan.bodyBytes}\r\n` : "";
  const upgrade =
    plan.client === "websocket"
      ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      : closes
        ? "Connection: close\r\n"
        : "";
  return `${plan.method} ${targetOf(plan)} HTTP/1.1\r\nHost: chaos\r\nX-Request-Id: ${plan.id}\r\n${framing}${upgrade}\r\n`;
}

/** Sends the body in pieces, until all is sent or the response says that nobody wants the rest. */
async function sendPieces(plan: RequestPlan, connection: HttpConnection, collector: AnswerCollector): Promise<void> {
  let isOver = false;
  void collector.outcome.then(() => {
    isOver = true;
  });
  const isChunked = plan.isChunked;
  const body = patternOf(plan.id, plan.bodyBytes);
  const size = Math.ceil(body.length / plan.pieces);
  for (let at = 0; at < body.length; at += size) {
    await pause(plan.pieceMs);
    if (isOver || !connection.socket.writable) break;
    const piece = body.subarray(at, at + size);
    if (isChunked) connection.socket.write(`${piece.length.toString(16)}\r\n`);
    connection.socket.write(piece);
    if (isChunked) connection.socket.write("\r\n");
  }
  if (isChunked && !isOver && connection.socket.writable) connection.socket.write("0\r\n\r\n");
}

function slowDown({ socket }: HttpConnection, collector: AnswerCollector): void {
  const timers = new Set<NodeJS.Timeout>();
  collector.onProgress = () => {
    socket.pause();
    timers.add(setTimeout(() => socket.resume(), slowReadMs));
  };
  void collector.outcome.then(() => {
    for (const timer of timers) clearTimeout(timer);
    socket.resume();
  });
}
