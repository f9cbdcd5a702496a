import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { cleanEnv, type Example, type Running } from "./example.ts";
import { freePort } from "./free-port.ts";
import { lastOutput } from "./last-output.ts";
import { untilReady } from "./until-ready.ts";

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
  const output = lastOutput(child);
  const exited = once(child, "exit");
  try {
    await untilReady(child, () => accepting(port));
  } catch (cause) {
    child.kill("SIGKILL");
    throw new Error(`Cannot start example "${example.name}": ${output()}`, { cause });
  }
  return { url: `http://127.0.0.1:${port}`, stop: () => stop(example, child, exited, output) };
}

/** Resolves when the port takes connections. */
async function accepting(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
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
