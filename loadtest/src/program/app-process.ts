import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";

/** An app run by plain `node`, without Tidegate. */
export interface AppProcess {
  /** URL, or path of the Unix socket. */
  readonly address: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts `node file` with `$PORT`; does not wait until it listens. */
export function spawnApp(file: string, port: number, env: Readonly<Record<string, string>> = {}): AppProcess {
  return appProcess(file, { ...env, PORT: String(port) }, `http://127.0.0.1:${port}/`);
}

/** Starts `node file` with `$SOCKET`, for apps that listen there; does not wait until it listens. */
export function spawnAppOnSocket(file: string, socketPath: string): AppProcess {
  return appProcess(file, { SOCKET: socketPath }, socketPath);
}

function appProcess(file: string, env: Readonly<Record<string, string>>, address: string): AppProcess {
  const child = spawn(process.execPath, [file], {
    cwd: dirname(file),
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const endApp = () => child.kill("SIGKILL");
  process.once("exit", endApp);
  return {
    address,
    pid: child.pid ?? 0,
    async stop() {
      process.off("exit", endApp);
      await killed(child);
    },
  };
}

/** Killed, not asked: nothing of these apps is worth keeping, and the next round waits. */
async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
