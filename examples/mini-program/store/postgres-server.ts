import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";

export interface Database {
  url: string;
  stop(): Promise<void>;
}

const INSTALLED = "/usr/lib/postgresql";

/** Where initdb and postgres are, or undefined when PostgreSQL is not installed. */
export function postgresBinaries(): string | undefined {
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED) : [];
  const latest = versions.map(Number).sort((a, b) => b - a)[0];
  const bin = join(INSTALLED, String(latest), "bin");
  return existsSync(join(bin, "initdb")) ? bin : undefined;
}

/** Starts a PostgreSQL server of its own, with its data in a temporary folder. */
export async function startPostgres(bin: string): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), "shop-postgres-"));
  const user = unprivilegedUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = { ...user, cwd: folder, stdio: "ignore" } as const;
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", "shop", "-A", "trust", "--no-sync"], options);
  const port = await freePort();
  const args = ["-D", data, "-k", folder, "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"];
  const server = spawn(join(bin, "postgres"), args, options);
  const exited = once(server, "exit");
  const url = `postgres://shop@127.0.0.1:${port}/postgres`;
  await waitUntilReady(url, () => server.exitCode === null);
  return {
    url,
    async stop() {
      // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
      server.kill("SIGINT");
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

// PostgreSQL refuses to run as root; its package brings a user for it.
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}

async function waitUntilReady(url: string, isRunning: () => boolean): Promise<void> {
  for (;;) {
    const client = new pg.Client(url);
    try {
      await client.connect();
      return await client.end();
    } catch (cause) {
      if (!isRunning()) throw new Error("Cannot start PostgreSQL: it ended at once", { cause });
      await delay(50);
    }
  }
}

/** A schema of its own in a database that others may use too. */
export async function createSchema(url: string): Promise<Database> {
  const schema = `shop_${process.pid}_${Date.now()}`;
  await run(url, `CREATE SCHEMA ${schema}`);
  const inSchema = new URL(url);
  inSchema.searchParams.set("options", `-c search_path=${schema}`);
  return { url: inSchema.href, stop: () => run(url, `DROP SCHEMA ${schema} CASCADE`) };
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(sql);
  await client.end();
}
