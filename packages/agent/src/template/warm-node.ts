import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, Server, Socket } from "node:net";
import type { Capture } from "../capture.ts";
import { becomeInstance } from "../instance.ts";
import type { TemplateForking } from "./forking.ts";
import { runTicks } from "./natural-end.ts";
import { forgetDate } from "./repairs/date-header.ts";

/**
 * So many instances are played: then V8's baseline compiler has compiled what a first response needs. Measured (Node 24, small
 * server, processor time of a child from its order to its response): 2.6 ms after 2 rounds, 2.3 after 5, 1.5 after 20, 1.8 after 50.
 */
const rounds = 20;

const forwarded =
  "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: localhost:3000\r\nX-Forwarded-Proto: http\r\nX-Request-Id: 0123456789abcdef\r\n\r\n";

/** As the gateway writes them, and how their answers end. */
const requests = [
  {
    text: `GET /warm?a=1 HTTP/1.1\r\nHost: localhost:3000\r\nUser-Agent: tidegate\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n${forwarded}`,
    end: "\r\n\r\nhello",
  },
  {
    text: `POST /warm HTTP/1.1\r\nHost: localhost:3000\r\nContent-Type: application/json\r\nContent-Length: 7\r\n${forwarded}{"a":1}`,
    end: "\r\n0\r\n\r\n",
  },
] as const;

/**
 * Plays the life of an instance some times over, with a server of our own: Node loads what it needs for it, and V8 compiles
 * it, before the first fork and for all of them. No code of the app has run yet, so the event loop turns for us alone.
 */
export function warmNode(forking: TemplateForking): void {
  let isDone = false;
  void playAll(forking).then(() => {
    isDone = true;
  });
  runTicks();
  while (!isDone) {
    forking.turnLoop();
    runTicks();
  }
  forgetDate();
}

async function playAll(forking: TemplateForking): Promise<void> {
  for (let round = 0; round < rounds; round++) await play(forking, `\0tidegate-warm-${process.pid}-${round}`);
}

async function play(forking: TemplateForking, socket: string): Promise<void> {
  const [near, far] = forking.socketPair();
  const host = new Socket({ fd: near, readable: true, writable: true });
  const original = Server.prototype.listen as Capture["listen"];
  const { control, capture } = becomeInstance({ socket: () => socket, port: 3000, controlFd: far, original });
  const server = createServer(answer);
  const ready = told(host, '"ready"');
  capture.listen.call(server, 3000);
  await ready;
  const measured = told(host, '"metrics"');
  host.write(`${JSON.stringify({ type: "measure", id: 1, at: 0 })}\n`);
  await measured;
  const client = connect(socket);
  for (const { text, end } of requests) {
    const answered = told(client, end);
    client.write(text);
    await answered;
  }
  const closed = [closeOf(client), closeOf(host), closeOf(server), control.close()];
  client.destroy();
  server.close();
  host.destroy();
  await Promise.all(closed);
}

/** What small apps do with a request. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === "GET") {
    response.statusCode = 200;
    response.setHeader("X-Powered-By", "Tidegate");
    response.setHeader("Content-Type", "text/plain; charset=utf-8");
    response.setHeader("Content-Length", 5);
    response.end("hello");
    return;
  }
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (text: string) => {
    body += text;
  });
  request.on("end", () => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.write(JSON.stringify(JSON.parse(body)));
    response.end();
  });
}

/** Resolves when the other end has written this. */
function told(socket: Socket, part: string): Promise<void> {
  let text = "";
  return new Promise((resolve) => {
    const read = (data: Buffer): void => {
      text += data.toString("latin1");
      if (!text.includes(part)) return;
      socket.off("data", read);
      resolve();
    };
    socket.on("data", read);
  });
}

function closeOf(emitter: Socket | Server): Promise<void> {
  return new Promise((resolve) => {
    emitter.once("close", () => resolve());
  });
}
