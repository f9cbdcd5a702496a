import { type RequestOptions, request, type Server } from "node:http";
import { Socket } from "node:net";
import type { TemplateForking } from "./forking.ts";

/**
 * So often each path is asked, each time over a new connection. Measured (Node 24, Express 5, processor time of an instance for
 * its first response): 3.4 ms without, 2.7 after 1 round, 1.8 after 5, 1.2 after 10, 1.1 after 20, 1.2 after 50.
 */
const rounds = 10;
/** A warm-up request may take so long, in milliseconds: a template is built in the background, but not for ever. */
const timeoutMs = 10_000;

// Node's own: for the app they stand for others by now.
const OwnSocket = Socket;
const send = request;
const { setTimeout: after, clearTimeout: stop } = globalThis;

export interface WarmUpOptions {
  readonly forking: TemplateForking;
  readonly server: Server;
  readonly paths: readonly string[];
  /** Told which path is asked now. */
  readonly onAsk: (index: number) => void;
}

/**
 * Asks the app for each path, one after another, over sockets that never leave this process.
 * @throws when a request is not answered
 */
export async function warmUp({ forking, server, paths, onAsk }: WarmUpOptions): Promise<void> {
  for (const [index, path] of paths.entries()) {
    onAsk(index);
    for (let round = 0; round < rounds; round++) await ask(forking, server, path);
  }
}

/** One request, as the gateway writes it; resolves when both ends of its connection are closed. */
async function ask(forking: TemplateForking, server: Server, path: string): Promise<void> {
  const [near, far] = forking.socketPair();
  const client = new OwnSocket({ fd: near, readable: true, writable: true });
  const accepted = new OwnSocket({ fd: far, readable: true, writable: true, allowHalfOpen: true });
  const closed = Promise.all([closeOf(client), closeOf(accepted)]);
  accepted.on("error", () => {});
  server.emit("connection", accepted);
  try {
    await answer(client, path);
  } finally {
    client.destroy();
    accepted.destroy();
    await closed;
  }
}

function answer(client: Socket, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      path,
      createConnection: () => client,
      headers: {
        Host: "localhost",
        "User-Agent": "tidegate-warm-up",
        Accept: "*/*",
        Connection: "keep-alive",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Host": "localhost",
        "X-Forwarded-Proto": "http",
        "X-Request-Id": "tidegate-warm-up",
      },
    };
    const asked = send(options);
    const timer = after(() => asked.destroy(new Error(`no answer after ${timeoutMs} ms`)), timeoutMs);
    const end = (error?: Error): void => {
      stop(timer);
      if (error === undefined) resolve();
      else reject(error);
    };
    asked.on("response", (response) => {
      response.on("error", end);
      response.once("end", end);
      response.resume();
    });
    asked.on("upgrade", (_, socket) => {
      socket.destroy();
      end();
    });
    asked.on("error", end);
    asked.end();
  });
}

function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
  });
}
