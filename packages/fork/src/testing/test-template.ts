import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, closeSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { addonPath } from "../addon-path.ts";
import type { Forking } from "../forking.ts";
import { loadForking } from "../load-forking.ts";
import { templateEnvironment } from "../template-environment.ts";

const PRELOAD = fileURLToPath(new URL("./template-preload.cjs", import.meta.url));

/** Flags a template is started with: a child has no threads of V8. */
const templateFlags: readonly string[] = ["--single-threaded", "--v8-pool-size=0"];

/** The Node that templates of tests run on; the one the tests run on by default. */
export const testedNode: string = process.env.TIDEGATE_TEST_NODE ?? process.execPath;

/** The addon, which these tests cannot do without. */
export function requireForking(): Forking {
  const loaded = loadForking();
  if ("forking" in loaded) return loaded.forking;
  throw new Error(
    `Cannot test forking: ${loaded.unavailable}; install a C compiler with "apt-get install -y gcc libc6-dev"`,
  );
}

/** How a process ended. */
export interface End {
  readonly code: number | null;
  readonly signal: string | null;
}

interface Reply {
  readonly type: string;
  readonly pid?: number;
  readonly call?: string;
  readonly code?: string;
  readonly syscall?: string;
}

function lines(descriptor: number): { socket: Socket; reader: Interface } {
  const socket = new Socket({ fd: descriptor });
  socket.on("error", () => {}); // a killed peer
  return { socket, reader: createInterface({ input: socket }) };
}

function textOf(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  return once(socket, "close").then(() => text);
}

/** A forked process, with what it told. */
export class TestChild {
  readonly pid: number;
  readonly ended: Promise<End>;
  readonly control: Socket;
  readonly controlFd: number;
  readonly #output: AsyncIterator<string>;
  readonly #errors: Promise<string>;
  readonly #said: Promise<string>;

  constructor(forking: Forking, pid: number, own: readonly [number, number, number]) {
    this.pid = pid;
    this.ended = new Promise((resolve) => forking.watchExit(pid, (code, signal) => resolve({ code, signal })));
    this.controlFd = own[0];
    this.control = new Socket({ fd: own[0] });
    this.control.on("error", () => {});
    this.#output = lines(own[1]).reader[Symbol.asyncIterator]();
    this.#errors = textOf(new Socket({ fd: own[2] }));
    this.#said = textOf(this.control);
  }

  /** The next line of its standard output as JSON, undefined at the end. */
  async next(): Promise<unknown> {
    const { value, done } = await this.#output.next();
    return done ? undefined : JSON.parse(value);
  }

  /** All that is left on its standard output, once it has ended. */
  async rest(): Promise<unknown[]> {
    const told: unknown[] = [];
    for (let value = await this.next(); value !== undefined; value = await this.next()) told.push(value);
    return told;
  }

  /** What it wrote to its control socket, once that is closed. */
  said(): Promise<string> {
    return this.#said;
  }

  /** Its standard error, once it has ended. */
  errors(): Promise<string> {
    return this.#errors;
  }
}

/** Settings of a template. */
export interface TestTemplateOptions {
  /** Default "cjs". */
  readonly format?: "cjs" | "mjs";
  readonly env?: NodeJS.ProcessEnv;
  readonly nodeArgs?: readonly string[];
  /** Started without the preloaded addon. Default false. */
  readonly isBare?: boolean;
  /** Runs as this user. Default: the one of the tests. */
  readonly uid?: number | undefined;
}

/** A template that runs a program up to its `park()`. */
export class TestTemplate {
  readonly forking: Forking = requireForking();
  readonly process: ChildProcess;
  readonly ended: Promise<End>;
  readonly control: number;
  readonly #replies: AsyncIterator<string>;
  readonly #socket: Socket;
  readonly #folder: string;

  constructor(program: string, { format = "cjs", env, nodeArgs = [], isBare = false, uid }: TestTemplateOptions = {}) {
    this.forking.becomeSubreaper();
    this.#folder = mkdtempSync(join(tmpdir(), "tidegate-fork-test-"));
    const file = join(this.#folder, `program.${format}`);
    writeFileSync(file, program);
    chmodSync(this.#folder, 0o755);
    const [own, other] = this.forking.socketPair();
    const environment = { ...process.env, TEST_ADDON: addonPath() ?? "", ...env };
    this.process = spawn(testedNode, [...templateFlags, ...nodeArgs, "--require", PRELOAD, file], {
      stdio: ["ignore", "inherit", "inherit", other],
      env: isBare ? environment : templateEnvironment(environment),
      detached: true,
      cwd: this.#folder,
      ...(uid === undefined ? {} : { uid }),
    });
    closeSync(other);
    this.ended = once(this.process, "exit").then(([code, signal]) => ({ code, signal }));
    this.control = own;
    const { socket, reader } = lines(own);
    this.#socket = socket;
    this.#replies = reader[Symbol.asyncIterator]();
  }

  static async start(program: string, options: TestTemplateOptions = {}): Promise<TestTemplate> {
    const template = new TestTemplate(program, options);
    const { type } = await template.reply();
    if (type !== "parked") throw new Error(`Cannot start a template: "${type}" instead of "parked"`);
    return template;
  }

  async reply(): Promise<Reply> {
    const { value, done } = await this.#replies.next();
    return done ? { type: "closed" } : JSON.parse(value);
  }

  /** Orders a fork; the answer tells the pid, or what failed. */
  async fork(order: unknown = {}): Promise<TestChild> {
    const pairs = [0, 1, 2].map(() => this.forking.socketPair());
    const others = pairs.map(([, other]) => other);
    const [control = 0, output = 0, errors = 0] = pairs.map(([own]) => own);
    this.forking.send(this.control, `fork ${JSON.stringify(order)}\n`, others);
    for (const other of others) closeSync(other);
    const reply = await this.reply();
    if (reply.pid !== undefined) return new TestChild(this.forking, reply.pid, [control, output, errors]);
    for (const own of [control, output, errors]) closeSync(own);
    throw Object.assign(new Error(`Cannot fork: ${JSON.stringify(reply)}`), reply);
  }

  /** Closes the control stream: the template ends. */
  async stop(): Promise<End> {
    this.#socket.destroy();
    const end = await this.ended;
    rmSync(this.#folder, { recursive: true, force: true });
    return end;
  }
}
