import { request } from "node:http";
import { join } from "node:path";
import { createHost, type Host } from "@tidegate/host";

/** One run of an app, and what it wrote. */
export interface Run {
  readonly host: Host;
  readonly startedAt: number;
  /** Lines of each stream, in order; process ids read PID. */
  readonly stdout: string[];
  readonly stderr: string[];
  /** Why instances ended that should not have. */
  readonly problems: string[];
  /** Process id of its instance. */
  pid(): number;
  ask(path: string): Promise<unknown>;
  /** Asks for something that may end it; a host sends such a request only once. */
  command(path: string): Promise<void>;
  /** Resolves once a line, or what a problem tells, contains this. */
  said(text: string): Promise<void>;
  stop(): Promise<void>;
}

/** A line of a stack that leads through what Tidegate adds to an instance; the file's name tells how it was started. */
const agentFrame = /^ +at .*\/packages\/agent\/dist\/(preload|template)\.cjs:/;

/** A frame of a native stack, by its address: V8 may run its own code from the program's file or from a copy of it. */
const nativeFrame = /^( *\d+: )0x[0-9a-f]+ .*$/;

function withoutAgent(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const lines = value.split("\n").filter((line) => !agentFrame.test(line));
  return lines.join("\n").replace(/agent\/dist\/(preload|template)\.cjs$/, "agent/dist/AGENT");
}

/** Runs an app of this folder behind a host of its own, with one instance. */
export async function run(file: string, args: readonly string[], start: "process" | "fork"): Promise<Run> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const problems: string[] = [];
  const watchers = new Set<(text: string) => void>();
  const pids: number[] = [];
  const neutral = (text: string): string =>
    pids.reduce((kept, pid) => kept.replaceAll(String(pid), "PID"), text.replace(nativeFrame, "$1NATIVE"));
  const isOfApp = (line: string): boolean => !agentFrame.test(line);
  const told = (list: string[], line: string): void => {
    list.push(line);
    for (const watcher of watchers) watcher(line);
  };
  const host = createHost({
    port: 0,
    hostname: "127.0.0.1",
    functions: [
      {
        name: "app",
        entry: { kind: "node", file: join(import.meta.dirname, file), args: [...args] },
        start,
        env: { PORT: "8080" },
        scaling: { minInstances: 0, maxInstances: 1 },
      },
    ],
    onEvent: (event) => {
      if (event.type === "instance" && event.pid !== null && !pids.includes(event.pid)) pids.push(event.pid);
      if (event.type === "problem") told(problems, `${event.code}: ${event.message}`);
      // Not of one that took its place.
      if (event.type === "output" && event.instance === "app-r1-1")
        told(event.stream === "stdout" ? stdout : stderr, event.line);
    },
  });
  const startedAt = Date.now(); // a template begins to load within the start
  await host.start();
  return {
    host,
    startedAt,
    get stdout() {
      return stdout.filter(isOfApp).map(neutral);
    },
    get stderr() {
      return stderr.filter(isOfApp).map(neutral);
    },
    get problems() {
      return problems.map(neutral);
    },
    pid: () => host.instances()[0]?.pid ?? 0,
    ask: (path) => ask("GET", `http://127.0.0.1:${host.port}${path}`),
    command: async (path) => {
      await ask("POST", `http://127.0.0.1:${host.port}${path}`).catch(() => null);
    },
    said: (text) =>
      new Promise((resolve) => {
        const look = (line: string): void => {
          if (!line.includes(text)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        for (const line of [...stdout, ...stderr, ...problems]) look(line);
      }),
    stop: () => host.stop(),
  };
}

function ask(method: string, url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(text, (_name, value: unknown) => withoutAgent(value)));
        else reject(new Error(`${response.statusCode}: ${text}`));
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}
