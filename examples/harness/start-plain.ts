import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { cleanEnv, type Example, type Running } from "./example.ts";
import { freePort } from "./free-port.ts";

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

/** Runs the example by itself, as its README says, on a free port. */
export async function startPlain(example: Example): Promise<Running> {
  const port = await freePort();
  const [program, ...args] =
    example.entry.kind === "node" ? [process.execPath, example.entry.file] : example.entry.command;
  const child = spawn(program, args, {
    cwd: example.cwd,
    env: { ...cleanEnv(example), HOST: "127.0.0.1", PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = collectOutput(child);
  const exited = once(child, "exit");
  try {
    await waitUntilAccepting(child, port);
  } catch (cause) {
    child.kill("SIGKILL");
    throw new Error(`Cannot start example "${example.name}": ${output()}`, { cause });
  }
  return { url: `http://127.0.0.1:${port}`, stop: () => stop(example, child, exited, output) };
}

function collectOutput(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text = (text + chunk).slice(-4000);
    });
  }
  return () => text;
}

// An example says nothing that a program could wait for in every language, so the port itself is asked.
async function waitUntilAccepting(child: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || child.signalCode)
      throw new Error(`Ended with ${child.exitCode ?? child.signalCode}`);
    if (performance.now() > deadline) throw new Error(`Not listening after ${START_TIMEOUT_MS} ms`);
    await delay(20);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => resolve(false));
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function stop(
  example: Example,
  child: ChildProcess,
  exited: Promise<unknown[]>,
  output: () => string,
): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  const [code, signal] = await exited;
  clearTimeout(timer);
  if (code !== 0 && !(example.endsOnSignal && signal === "SIGTERM")) {
    throw new Error(`Example "${example.name}" ended with ${code ?? signal} on SIGTERM: ${output()}`);
  }
}
