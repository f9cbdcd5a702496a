import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import type { ContainerTools } from "./container-tools.ts";

/** A line of the log of `tidegate serve`. */
export interface LogLine {
  readonly type: string;
  readonly url?: string;
  readonly state?: string;
}

/** A running container of an app's image. */
export interface AppContainer {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  /** Resolves with the first line, past or to come, that matches; rejects when the container ends without it. */
  logged(matches: (line: LogLine) => boolean): Promise<LogLine>;
  /** Runs a command in the container and returns what it printed. */
  exec(...command: readonly string[]): Promise<string>;
  /** Sends SIGTERM to the container's first process. */
  terminate(): Promise<void>;
  /** Resolves with the container's exit code. */
  readonly exited: Promise<number | null>;
}

export interface AppContainerOptions {
  readonly image: string;
  readonly name: string;
  /** Named volume for /data. */
  readonly volume: string;
  readonly env: Readonly<Record<string, string>>;
  /** Arguments instead of the image's own. Default: none. */
  readonly args?: readonly string[];
}

/** Runs an image on a free port, given as PORT, and resolves once its gateway listens. */
export async function runApp(tools: ContainerTools, options: AppContainerOptions): Promise<AppContainer> {
  const { image, name, volume, args = [] } = options;
  const port = await freePort();
  const env = Object.entries({ ...options.env, PORT: String(port) }).flatMap(([key, value]) => [
    "--env",
    `${key}=${value}`,
  ]);
  const [program, words] = tools.runCommand(
    "--rm",
    "--name",
    name,
    "--volume",
    `${volume}:/data`,
    ...env,
    image,
    ...args,
  );
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  const output: string[] = [];
  const lines: LogLine[] = [];
  const watchers = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    output.push(line);
    const parsed = parseLogLine(line);
    if (parsed !== null) lines.push(parsed);
    for (const watcher of watchers) watcher();
  });
  createInterface({ input: child.stderr }).on("line", (line) => output.push(line));
  const exited = once(child, "close").then(([code]) => code as number | null);

  const logged: AppContainer["logged"] = (matches) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const line = lines.find(matches);
        if (line === undefined) return;
        watchers.delete(look);
        resolve(line);
      };
      watchers.add(look);
      exited.then((code) => reject(new Error(`Container ended with code ${code}:\n${output.join("\n")}`)), reject);
      look();
    });
  await logged(({ type }) => type === "listening");
  return {
    name,
    port,
    url: `http://127.0.0.1:${port}`,
    logged,
    exec: (...command) => tools.podman("exec", name, ...command),
    terminate: async () => {
      await tools.podman("kill", "--signal", "TERM", name);
    },
    exited,
  };
}

/** Null for what is no line of the log, such as a warning of Node itself. */
function parseLogLine(line: string): LogLine | null {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return null;
  }
}

/** The container has the host's network, so its port must be free here. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
