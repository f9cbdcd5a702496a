import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ForkPoint } from "@tidegate/core";
import { addonPath, type Forking, loadForking, templateEnvironment } from "@tidegate/fork";
import {
  type ForkOrder,
  type TemplateEnvironment,
  type TemplateMessage,
  templatePath,
  templateVariable,
} from "../../index.ts";

/** Whether templates can be tried on this system. */
export const canFork: boolean = "forking" in loadForking();

/** The Node that templates are tried with: another than that of the tests, where this variable names one. */
export const testNode: string = process.env.TIDEGATE_TEST_NODE ?? process.execPath;

export interface TryOptions {
  readonly warmUp?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly nodeArgs?: readonly string[];
  readonly compileCache?: string | null;
}

/** A template of an app, and all that is forked from it, in a folder of its own. */
export class TemplateHost {
  readonly folder: string = mkdtempSync(join(tmpdir(), "tidegate-template-"));
  /** What the template wrote. */
  output = "";
  readonly process: ChildProcess;
  readonly #forking: Forking;
  readonly #control: Socket;
  readonly #descriptor: number;
  readonly #told: Promise<TemplateMessage | null>;
  readonly #children: ForkedChild[] = [];
  readonly #waiting: ((pid: number) => void)[] = [];

  /** @param files - the app, by name of file; the first is its entry */
  constructor(files: Readonly<Record<string, string>>, options: TryOptions = {}) {
    const loaded = loadForking();
    const addon = addonPath();
    if (!("forking" in loaded) || addon === null) throw new Error("This system cannot fork");
    this.#forking = loaded.forking;
    this.#forking.becomeSubreaper();
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, name), text);
    const environment: TemplateEnvironment = {
      addon,
      controlFd: 3,
      host: process.pid,
      port: 8080,
      compileCache: options.compileCache ?? null,
      warmUp: options.warmUp ?? [],
    };
    const [near, far] = this.#forking.socketPair();
    const entry = join(this.folder, Object.keys(files)[0] ?? "");
    const flags = ["--single-threaded", "--v8-pool-size=0", "--require", templatePath, ...(options.nodeArgs ?? [])];
    this.process = spawn(testNode, [...flags, entry], {
      cwd: this.folder,
      env: templateEnvironment({ ...process.env, ...options.env, [templateVariable]: JSON.stringify(environment) }),
      stdio: ["ignore", "pipe", "pipe", far],
      detached: true,
    });
    closeSync(far);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on("data", (data: Buffer) => {
        this.output += data.toString();
      });
    }
    this.#descriptor = near;
    this.#control = new Socket({ fd: near, readable: true, writable: true });
    this.#told = this.#read();
  }

  /** The template's first message; null when it ended without one. */
  async told(): Promise<TemplateMessage | null> {
    return this.#told;
  }

  async parked(): Promise<ForkPoint> {
    const message = await this.#told;
    if (message?.type !== "parked") throw new Error(`Not parked: ${JSON.stringify(message)}; ${this.output}`);
    return message.point;
  }

  /** Forks a child, and makes it an instance at once. */
  async fork(): Promise<ForkedChild> {
    const child = await this.forkHeld();
    child.begin();
    return child;
  }

  /** Forks a child that waits. What it is told first is a seed of its own, if nothing else is given. */
  async forkHeld(seed: string = JSON.stringify({ seed: this.#children.length + 1 })): Promise<ForkedChild> {
    await this.parked();
    const pairs = [0, 1, 2].map(() => this.#forking.socketPair());
    const child = new ForkedChild(
      join(this.folder, `${this.#children.length}.sock`),
      pairs.map(([near]) => near),
    );
    this.#children.push(child);
    const far = pairs.map(([, end]) => end);
    const pid = new Promise<number>((resolve) => this.#waiting.push(resolve));
    this.#forking.send(this.#descriptor, `fork ${seed}\n`, far);
    for (const end of far) closeSync(end);
    child.pid = await pid;
    child.watch(this.#forking);
    return child;
  }

  async stop(): Promise<void> {
    for (const child of this.#children) child.kill();
    await Promise.all(this.#children.map((child) => child.exited));
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = new Promise((resolve) => this.process.once("exit", resolve));
      this.process.kill("SIGKILL");
      await ended;
    }
    this.#control.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #read(): Promise<TemplateMessage | null> {
    return new Promise((resolve) => {
      onLines(this.#control, (line) => {
        const message = JSON.parse(line) as TemplateMessage | { type: "forked"; pid: number };
        if (message.type === "forked") this.#waiting.shift()?.(message.pid);
        else resolve(message);
      });
      this.#control.on("error", () => {});
      this.#control.on("close", () => resolve(null));
    });
  }
}

/** A process that was forked from a template. */
export class ForkedChild {
  pid = 0;
  /** What it wrote. */
  output = "";
  readonly socket: string;
  /** Resolves when it says that it serves. */
  readonly ready: Promise<string>;
  /** How it ended. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly #control: Socket;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #end: (end: { code: number | null; signal: string | null }) => void = () => {};
  #answered: ((message: Record<string, unknown>) => void) | null = null;
  #outputEnds: Promise<unknown>;

  constructor(socket: string, descriptors: readonly number[]) {
    this.socket = socket;
    const [control, ...outputs] = descriptors.map((fd) => new Socket({ fd, readable: true, writable: true }));
    this.#control = control as Socket;
    this.#outputEnds = Promise.all(
      outputs.map((stream) => {
        stream.on("error", () => {});
        stream.on("data", (data: Buffer) => {
          this.output += data.toString();
        });
        return new Promise((resolve) => stream.once("close", resolve));
      }),
    );
    this.exited = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.ready = new Promise((resolve) => {
      onLines(this.#control, (line) => {
        const message = JSON.parse(line) as Record<string, unknown>;
        if (message.type === "ready") resolve(String(message.protocol));
        else this.#answered?.(message);
      });
    });
    this.#control.on("error", () => {});
  }

  /** Tells it to become an instance. */
  begin(): void {
    const order: ForkOrder = { environment: { socket: this.socket, controlFd: 3, port: 8080, compileCache: null } };
    this.#control.write(`${JSON.stringify(order)}\n`);
  }

  watch(forking: Forking): void {
    forking.watchExit(this.pid, (code, signal) => {
      void this.#outputEnds.then(() => this.#end({ code, signal }));
    });
  }

  /** Asks what it uses. */
  measure(): Promise<Record<string, unknown>> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#control.write(`${JSON.stringify({ type: "measure", id: 1, at: Number(process.hrtime.bigint()) / 1e6 })}\n`);
    });
  }

  async text(path = "/", headers: Record<string, string> = {}): Promise<string> {
    return (await this.ask(path, headers)).body;
  }

  /** Asks it, over a connection that is kept. */
  ask(path = "/", headers: Record<string, string> = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: this.socket, path, headers, agent: this.#agent }, (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          body += part;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      });
      asked.on("error", reject);
      asked.end();
    });
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#agent.destroy();
    try {
      process.kill(this.pid, signal);
    } catch {
      // it is gone
    }
  }

  /** Ends the host's side of its control stream. */
  leave(): void {
    this.#control.destroy();
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

function onLines(stream: Socket, onLine: (line: string) => void): void {
  let partial = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (partial + text).split("\n");
    partial = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}
