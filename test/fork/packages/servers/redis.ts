import { existsSync } from "node:fs";
import { createClient } from "redis";
import { type OwnServer, startServer } from "./own-server.ts";

const program = "/usr/bin/redis-server";

/** Whether Debian's `redis-server` is installed. */
export const hasRedis: boolean = existsSync(program);

/** Starts a Redis that keeps nothing. */
export function startRedis(): Promise<OwnServer> {
  const url = (port: number): string => `redis://127.0.0.1:${port}`;
  return startServer({
    name: "redis",
    command: (port, folder) => [program, "--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
    isReady: async (port) => {
      const client = createClient({ url: url(port), socket: { reconnectStrategy: false } });
      client.on("error", () => {});
      await client.connect();
      client.destroy();
    },
    url,
  });
}
