import { connect, type Socket } from "node:net";
import { fieldOf } from "./response-reader.ts";

export interface FixedLoadOptions {
  /** Path of the Unix socket. */
  readonly path: string;
  /** Kept connections, each with one request at a time. */
  readonly connections: number;
  readonly seconds: number;
}

export interface FixedLoadResult {
  readonly responses: number;
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
}

const request = Buffer.from("GET / HTTP/1.1\r\nHost: bench\r\n\r\n");
const goodStart = Buffer.from("HTTP/1.1 200 ");
const headEnd = "\r\n\r\n";

/**
 * Asks an app that always answers with as many bytes, as often as there is time. It reads the first response of a connection
 * and counts the bytes of all others, so that it takes a fraction of the processor that the app does.
 *
 * @throws when a response is another than the first one's length or status, or a connection ends
 */
export async function fixedLoad({ path, connections, seconds }: FixedLoadOptions): Promise<FixedLoadResult> {
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const endAt = startedAt + seconds * 1000;
  await Promise.all(Array.from({ length: connections }, () => ask(connect({ path }), endAt, latenciesMs)));
  const elapsedMs = performance.now() - startedAt;
  return { responses: latenciesMs.length, perSecond: (latenciesMs.length * 1000) / elapsedMs, latenciesMs };
}

/** Resolves when the last response of a connection is whole, and its time is over. */
function ask(socket: Socket, endAt: number, latenciesMs: number[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (why: string): void => {
    socket.destroy();
    reject(new Error(`Cannot measure: ${why}`));
  };
  let length = 0;
  let received = 0;
  let sentAt = 0;
  const send = (): void => {
    received = 0;
    sentAt = performance.now();
    socket.write(request);
  };
  socket.on("data", (bytes: Buffer) => {
    if (received === 0 && bytes.compare(goodStart, 0, goodStart.length, 0, goodStart.length) !== 0) {
      return fail(`a response began with ${JSON.stringify(bytes.toString("latin1", 0, 40))}`);
    }
    if (length === 0) length = lengthOf(bytes);
    received += bytes.length;
    if (received < length) return;
    if (received > length) return fail(`a response has ${received} bytes, the first one had ${length}`);
    const now = performance.now();
    latenciesMs.push(now - sentAt);
    if (now < endAt) return send();
    socket.removeAllListeners("close").destroy();
    resolve();
  });
  socket.on("error", (error) => fail(error.message));
  socket.on("close", () => fail("a connection was closed"));
  send();
  return promise;
}

function lengthOf(first: Buffer): number {
  const text = first.toString("latin1");
  const at = text.indexOf(headEnd);
  const content = Number(fieldOf(text.slice(0, Math.max(0, at)), "content-length") ?? Number.NaN);
  if (at < 0 || Number.isNaN(content)) throw new Error("Cannot measure: a response tells no length in its first bytes");
  return at + headEnd.length + content;
}
