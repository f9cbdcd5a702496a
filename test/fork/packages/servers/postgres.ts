import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { type OwnServer, startServer } from "./own-server.ts";
import { systemUser } from "./system-user.ts";

const installed = "/usr/lib/postgresql";
const [latest] = (existsSync(installed) ? readdirSync(installed) : []).map(Number).sort((a, b) => b - a);
const bin = join(installed, String(latest), "bin");

/** Whether Debian's `postgresql` is installed; its clients alone are no server. */
export const hasPostgres: boolean = existsSync(join(bin, "initdb"));

/** Starts a PostgreSQL with an empty database. */
export function startPostgres(): Promise<OwnServer> {
  const user = systemUser("postgres");
  const url = (port: number): string => `postgres://tide@127.0.0.1:${port}/postgres`;
  return startServer({
    name: "postgres",
    user,
    // Its fast shutdown: it does not wait for clients to leave.
    stopSignal: "SIGINT",
    prepare: (folder) => {
      const args = ["-D", join(folder, "data"), "-U", "tide", "-A", "trust", "--no-sync"];
      execFileSync(join(bin, "initdb"), args, { cwd: folder, stdio: "pipe", ...user });
    },
    command: (port, folder) => [
      join(bin, "postgres"),
      ...["-D", join(folder, "data"), "-k", folder, "-p", `${port}`],
      ...["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
    ],
    isReady: async (port) => {
      const client = new pg.Client(url(port));
      await client.connect();
      await client.end();
    },
    url,
  });
}
