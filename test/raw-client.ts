import { connect, type Socket } from "node:net";

/** A bare TCP client, to send what no HTTP library would. */
export interface RawClient {
  readonly socket: Socket;
  send(text: string | Buffer): void;
  /** All that came so far, as latin1. */
  received(): string;
  /** Resolves once what came matches. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with all that came, when the server ended the connection. */
  ended(): Promise<string>;
}

/** Connects to a host's URL. */
export async function rawClient(url: string): Promise<RawClient> {
  const { port } = new URL(url);
  const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  let text = "";
  let isOver = false;
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const check of waiting) check();
  };
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    changed();
  });
  socket.on("error", () => {});
  for (const event of ["end", "close"]) {
    socket.on(event, () => {
      isOver = true;
      changed();
    });
  }
  const when = (isTrue: () => boolean, what: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (isTrue()) {
          waiting.delete(check);
          resolve(text);
        } else if (isOver) {
          waiting.delete(check);
          reject(new Error(`The connection ended before ${what}: ${JSON.stringify(text)}`));
        }
      };
      waiting.add(check);
      check();
    });
  return {
    socket,
    send: (data) => void socket.write(data, "latin1"),
    received: () => text,
    until: (pattern) => when(() => pattern.test(text), String(pattern)),
    ended: () => when(() => isOver, "its end"),
  };
}

/** Sends raw bytes over a connection of their own and returns all that comes back until the server ends it. */
export async function exchangeRaw(url: string, request: string): Promise<string> {
  const client = await rawClient(url);
  client.send(request);
  const response = await client.ended();
  client.socket.destroy();
  return response;
}
