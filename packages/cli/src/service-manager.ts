import { spawn } from "node:child_process";

const tellings: Readonly<Record<"ready" | "stopping", readonly string[]>> = {
  ready: ["--ready"],
  stopping: ["STOPPING=1"],
};

/**
 * Tells systemd of this process, where that asks for it (`Type=notify`), by its own program: Node has no datagrams on Unix
 * sockets. After an upgrade the new process is the service's main one, so the unit needs `NotifyAccess=all`.
 *
 * @param env environment; without `NOTIFY_SOCKET` nothing is told
 * @param state what there is to tell
 */
export function tellServiceManager(env: NodeJS.ProcessEnv, state: "ready" | "stopping"): void {
  if (env.NOTIFY_SOCKET === undefined) return;
  const args = [`--pid=${process.pid}`, ...tellings[state]];
  const teller = spawn("systemd-notify", args, { env, stdio: "ignore" });
  // Without that program the service manager is not told, and the host serves all the same.
  teller.on("error", () => {});
  teller.unref();
}
