import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../../examples/harness/free-port.ts";
import { lastOutput } from "../../../../examples/harness/last-output.ts";
import { untilReady } from "../../../../examples/harness/until-ready.ts";

/** A server that a test started for itself. */
export interface OwnServer {
  readonly url: string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** How to run a server. */
export interface ServerProgram {
  readonly name: string;
  /** Its command, for a free port and a folder for its data. */
  command(port: number, folder: string): readonly [string, ...string[]];
  /** Whether it answers; may reject until then. */
  isReady(port: number): Promise<unknown>;
  /** Where clients find it. */
  url(port: number): string;
  /** Runs before, in that folder. */
  prepare?(folder: string): void;
  /** What ends it. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Owner of its data. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

/** Starts a server on a free port of 127.0.0.1 with its data in a temporary folder. */
export async function startServer(program: ServerProgram): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), `tg-${program.name}-`));
  if (program.user) chownSync(folder, program.user.uid, program.user.gid);
  program.prepare?.(folder);
  const port = await freePort();
  const [file, ...args] = program.command(port, folder);
  const server = spawn(file, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], ...program.user });
  const output = lastOutput(server);
  const exited = once(server, "exit");
  const stop = async (): Promise<void> => {
    server.kill(program.stopSignal ?? "SIGTERM");
    await exited;
    rmSync(folder, { recursive: true });
  };
  try {
    await untilReady(server, () => program.isReady(port));
  } catch (cause) {
    await stop();
    throw new Error(`Cannot start ${program.name}: ${output()}`, { cause });
  }
  return { url: program.url(port), stop };
}
