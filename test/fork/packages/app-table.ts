import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { EffectKey } from "@tidegate/core";
import { expect, vi } from "vitest";
import { WebSocket } from "ws";
import type { Siblings } from "./siblings.ts";

/** An app of `apps` and how it is to be served. */
export interface App {
  /** Package or part of Node it is about. */
  readonly name: string;
  /** How the package is used, where there are several ways. */
  readonly use?: string;
  readonly file: string;
  /** Effect it forks at, or "process" where it cannot be forked. */
  readonly forksAt: EffectKey | "process";
  readonly path?: string;
  /** The server it needs. */
  readonly needs?: "postgres" | "mariadb" | "redis";
  /** What else two instances of it must keep. */
  also?(siblings: Siblings, dataDir: string): Promise<void>;
}

/** A file of log lines: every line was written by the instance it speaks of. */
function logKept(file: string, ownPid?: (line: Record<string, unknown>) => unknown) {
  return async ({ answers }: Siblings, dataDir: string): Promise<void> => {
    // A worker thread or a stream writes them, a moment later.
    const look = (): void => {
      const lines = readFileSync(join(dataDir, file), "utf8").trim().split("\n");
      checkLines(lines, [...answers.keys()], ownPid);
    };
    await vi.waitFor(look, { timeout: 10_000 });
  };
}

function checkLines(
  texts: readonly string[],
  pids: readonly number[],
  ownPid = (_: Record<string, unknown>): unknown => null,
): void {
  const lines = texts.map((text) => JSON.parse(text) as Record<string, unknown>);
  for (const pid of pids) {
    const own = lines.filter(({ asked }) => asked === pid);
    expect(own.length).toBeGreaterThanOrEqual(2);
    for (const line of own) expect(ownPid(line) ?? pid).toBe(pid);
  }
}

/** A message over a WebSocket to each instance. */
async function messageOver(url: string, message: string | null): Promise<string[]> {
  const socket = new WebSocket(url.replace("http", "ws"));
  const received: string[] = [];
  socket.on("open", () => message !== null && socket.send(message));
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("message", (text) => {
      received.push(String(text));
      resolve();
    });
  });
  socket.terminate();
  return received;
}

/** Every app that is tried, in the order of the guide's table. */
export const apps: readonly App[] = [
  { name: "express", file: "express.cjs", forksAt: "listen" },
  { name: "fastify", use: "with a logger", file: "fastify.mjs", forksAt: "process-id" },
  { name: "koa", file: "koa.cjs", forksAt: "listen" },
  { name: "hono", file: "hono.mjs", forksAt: "listen" },
  { name: "@nestjs/core", file: "nestjs.mjs", forksAt: "math-random" },
  { name: "@apollo/server", file: "apollo.mjs", forksAt: "listen", path: "/?query={answer}" },
  { name: "pg", use: "pool", file: "pg.mjs", forksAt: "listen", needs: "postgres" },
  { name: "pg", use: "connects at load", file: "pg-connected.mjs", forksAt: "connect", needs: "postgres" },
  { name: "prisma", use: "connects at load", file: "prisma.mjs", forksAt: "process-id", needs: "postgres" },
  { name: "mysql2", use: "pool", file: "mysql2.cjs", forksAt: "listen", needs: "mariadb" },
  { name: "mysql2", use: "connects at load", file: "mysql2-connected.mjs", forksAt: "connect", needs: "mariadb" },
  { name: "ioredis", file: "ioredis.mjs", forksAt: "connect", needs: "redis" },
  { name: "redis", use: "connects at load", file: "redis.mjs", forksAt: "random-bytes", needs: "redis" },
  { name: "mongoose", file: "mongoose.mjs", forksAt: "connect" },
  { name: "better-sqlite3", file: "better-sqlite3.cjs", forksAt: "addon" },
  { name: "node:sqlite", file: "node-sqlite.mjs", forksAt: "database" },
  { name: "sharp", file: "sharp.mjs", forksAt: "addon" },
  { name: "bcrypt", file: "bcrypt.cjs", forksAt: "random-bytes" },
  { name: "pino", file: "pino-stdout.cjs", forksAt: "process-id", also: pinoOnStdout },
  {
    name: "pino",
    use: "transport",
    file: "pino.mjs",
    forksAt: "worker",
    also: logKept("pino.log", (line) => line.pid),
  },
  { name: "winston", use: "to a file", file: "winston.cjs", forksAt: "open-for-writing", also: logKept("winston.log") },
  { name: "node:worker_threads", file: "worker-threads.mjs", forksAt: "worker" },
  { name: "node:child_process", file: "child-process.mjs", forksAt: "child-process" },
  { name: "undici", use: "asks at load", file: "undici.mjs", forksAt: "connect" },
  { name: "axios", file: "axios.cjs", forksAt: "listen" },
  { name: "got", file: "got.mjs", forksAt: "listen" },
  { name: "ws", file: "ws.mjs", forksAt: "listen", also: overWebSockets },
  { name: "socket.io", file: "socket.io.mjs", forksAt: "listen", also: overSocketIo },
  { name: "express-session", file: "express-session.cjs", forksAt: "listen" },
  { name: "jsonwebtoken", use: "key made at load", file: "jsonwebtoken.cjs", forksAt: "generate-key" },
  { name: "nanoid", use: "id at load", file: "nanoid.mjs", forksAt: "random-bytes" },
  { name: "uuid", use: "id at load", file: "uuid.mjs", forksAt: "random-bytes" },
  { name: "dotenv", file: "dotenv.cjs", forksAt: "listen" },
  { name: "process id at load", file: "process-id.cjs", forksAt: "process-id" },
  { name: "timers, files and zlib at load", file: "timers.mjs", forksAt: "listen" },
];

async function pinoOnStdout({ output, answers, instances }: Siblings): Promise<void> {
  for (const { instance, pid } of instances) {
    const lines = output.filter((written) => written.instance === instance).map(({ line }) => line);
    expect(lines[0]).toContain('"msg":"loaded"');
    expect(answers.has(pid ?? 0)).toBe(true);
    checkLines(lines, [pid ?? 0], (line) => line.pid);
  }
}

async function overWebSockets({ url, answers }: Siblings): Promise<void> {
  const both = await Promise.all([messageOver(url, "ahoy"), messageOver(url, "ahoy")]);
  const said = both.flat().map((text) => JSON.parse(text) as { pid: number; text: string });
  expect(said.map(({ text }) => text)).toEqual(["ahoy", "ahoy"]);
  for (const { pid } of said) expect(answers.has(pid)).toBe(true);
}

async function overSocketIo({ url }: Siblings): Promise<void> {
  const path = `${url}/socket.io/?EIO=4&transport=websocket`;
  const opened = (await Promise.all([messageOver(path, null), messageOver(path, null)])).flat();
  const ids = opened.map((text) => (JSON.parse(text.slice(1)) as { sid: string }).sid);
  expect(new Set(ids).size).toBe(2);
}
