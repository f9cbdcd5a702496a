import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { freePort } from "../../../examples/harness/free-port.ts";
import { firstResponse } from "../program/first-response.ts";
import { peerConnections } from "./target.ts";

/** What to do where there is no nginx. */
export const nginxAdvice =
  'nginx is not installed and left out: "apt-get install nginx-light" or "brew install nginx" gives it';

/** nginx in front of an app: one process, as the host is one, with kept connections to the app. */
export interface Nginx {
  readonly url: string;
  /** Where it speaks HTTP/2 without TLS. */
  readonly http2Url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Path of nginx; null where there is none. Also looked for where systems put it without naming that in `PATH`. */
function findNginx(): string | null {
  const dirs = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return dirs.map((dir) => join(dir, "nginx")).find(existsSync) ?? null;
}

/**
 * Starts nginx with a configuration of its own in a temporary folder.
 *
 * @param origin of the app, such as `http://127.0.0.1:3000`
 * @returns null where there is no nginx
 */
export async function startNginx(origin: string): Promise<Nginx | null> {
  const file = findNginx();
  if (file === null) return null;
  const dir = await mkdtemp(join(tmpdir(), "tidegate-nginx-"));
  const port = await freePort();
  const http2Port = await freePort();
  await writeFile(join(dir, "nginx.conf"), configOf({ dir, port, http2Port, app: new URL(origin).host }));
  const child = spawn(file, ["-p", dir, "-c", join(dir, "nginx.conf"), "-e", join(dir, "error.log")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    }
    await rm(dir, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await firstResponse(`${url}/`, 5_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, http2Url: `http://127.0.0.1:${http2Port}`, pid: child.pid ?? 0, stop };
}

interface Places {
  readonly dir: string;
  readonly port: number;
  readonly http2Port: number;
  /** Host and port of the app. */
  readonly app: string;
}

function configOf({ dir, port, http2Port, app }: Places): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${dir}/${name};`,
  );
  return `
daemon off;
master_process off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log warn;
events { worker_connections 16384; }
http {
  access_log off;
  ${temporary.join("\n  ")}
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  upstream app { server ${app}; keepalive ${peerConnections}; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    listen 127.0.0.1:${http2Port} http2 backlog=4096;
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
    }
  }
}
`;
}
