import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { askHosts } from "@tidegate/host";

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const markVariable = "TIDEGATE_TEST_MARK";

/** A line of the hosts' log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly type: string; readonly msg: string };

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A host run by the command, in a folder of its own, and all that came of it. */
export interface CliHost {
  readonly folder: string;
  readonly url: string;
  /** The process that was started first. */
  readonly process: ChildProcess;
  /** Resolves with its exit code, or the signal that ended it. */
  readonly exited: Promise<number | string | null>;
  /** Lines that it and those that replaced it logged. */
  readonly log: readonly LogLine[];
  /** Resolves with the first line, past or to come, that matches. */
  line(matches: (line: LogLine) => boolean): Promise<LogLine>;
  /** Starts another host like it in its folder, once it is gone; its log is not read. */
  startAgain(): void;
  /** Runs another `tidegate` command for it. */
  run(...argv: string[]): Promise<Ended>;
  /** Writes a file into the folder. */
  write(file: string, content: string): Promise<void>;
  /** Processes of the host, its successors and all instances, by id. */
  processes(): Promise<number[]>;
  /** Files it has left in the folders for temporary files and sockets. */
  leftFiles(): Promise<string[]>;
  /** Ends whatever is left, and removes the folder. */
  destroy(): Promise<void>;
}

/**
 * Starts `tidegate serve` as its own process, on a free port unless its tidegate.yaml has one; resolves once it serves.
 *
 * @param files written into its folder before, by name
 * @param argv options besides port and address
 * @param env variables besides the test's own
 * @param shell what a shell does before it becomes the command, such as setting limits
 */
export async function startCliHost(
  files: Readonly<Record<string, string>>,
  argv: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
  shell = ":",
): Promise<CliHost> {
  const folder = await mkdtemp(join(tmpdir(), "tg-takeover-"));
  const write = (file: string, content: string): Promise<void> => writeFile(join(folder, file), content);
  for (const [file, content] of Object.entries(files)) await write(file, content);
  await mkdir(join(folder, "tmp"));
  await mkdir(join(folder, "run"));
  const mark = randomUUID();
  const environment = {
    ...process.env,
    ...{ TMPDIR: join(folder, "tmp"), XDG_RUNTIME_DIR: join(folder, "run"), PWD: folder, [markVariable]: mark },
    ...env,
  };
  const port = files["tidegate.yaml"]?.includes("{ port:") ? [] : ["--port", "0"];
  const command = [process.execPath, main, "serve", ...port, "--host", "127.0.0.1", ...argv];
  const child = spawn("sh", ["-c", `${shell}; exec "$@"`, "sh", ...command], {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | string | null>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal));
  });
  const log: LogLine[] = [];
  const watchers = new Set<() => void>();
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  readLines(child, (line) => {
    log.push(line);
    for (const watch of watchers) watch();
  });
  const lineThat = (matches: (line: LogLine) => boolean): Promise<LogLine> =>
    new Promise((resolve) => {
      const watch = (): void => {
        const found = log.find(matches);
        if (found === undefined) return;
        watchers.delete(watch);
        resolve(found);
      };
      watchers.add(watch);
      watch();
    });
  const early = exited.then((code) => {
    throw new Error(`The host ended with ${code} before it served:\n${stderr}\n${JSON.stringify(log, null, 1)}`);
  });
  early.catch(() => {});
  // Its log may go where nobody can read it.
  const url = await Promise.race([urlOf(join(folder, "run/tidegate"), exited), early]).catch(async (error: unknown) => {
    for (const pid of await markedProcesses(mark)) kill(pid);
    throw error;
  });
  return {
    folder,
    url,
    process: child,
    exited,
    log,
    line: lineThat,
    startAgain: () => {
      const [file = "", ...args] = command;
      spawn(file, args, { cwd: folder, env: environment, stdio: "ignore" });
    },
    run: (...args) => runCommand(args, folder, environment),
    write,
    processes: () => markedProcesses(mark),
    leftFiles: async () =>
      (await Promise.all(["tmp", "run"].map((name) => readdir(join(folder, name), { recursive: true }))))
        .flat()
        .filter((name) => name !== "tidegate" && !name.includes("compile-cache")),
    destroy: async () => {
      for (const pid of await markedProcesses(mark)) kill(pid);
      await exited;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Asks on a connection of its own; resolves with the response's body. */
export function ask(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () => resolve(text));
    });
    asked.on("error", reject);
  });
}

/** Resolves once `isTrue` is; what it looks at gives no signal. Rejects after 20 s. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`Still not after 20 s: ${isTrue}`);
    // Most looks ask a host, or go through all processes: more of them would cost more than they save.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether a process of this id runs. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function runCommand(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const command = spawn(process.execPath, [main, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  command.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  command.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  return new Promise((resolve) => command.once("close", (code) => resolve({ code, stdout, stderr })));
}

function readLines(child: ChildProcess, onLine: (line: LogLine) => void): void {
  let partial = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    const lines = (partial + chunk.toString()).split("\n");
    partial = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("{")) onLine(JSON.parse(line) as LogLine);
  });
}

/** Where the only host of a folder of admin sockets serves; stays pending when there is none any more. */
async function urlOf(dir: string, exited: Promise<unknown>): Promise<string> {
  let isOver = false;
  void exited.then(() => {
    isOver = true;
  });
  const end = performance.now() + 30_000;
  for (;;) {
    if (performance.now() > end) throw new Error("The host does not serve after 30 s");
    const [report] = await askHosts(dir);
    if (report?.ok) return report.host.url;
    if (isOver) return new Promise(() => {});
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The mark is inherited by all that a process starts. */
async function markedProcesses(mark: string): Promise<number[]> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const marked = await Promise.all(
    pids.map((pid) =>
      readFile(`/proc/${pid}/environ`, "latin1").then(
        (text) => text.includes(`${markVariable}=${mark}`),
        () => false,
      ),
    ),
  );
  return pids.filter((_, index) => marked[index]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
