import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Listener } from "./listener.ts";

const servers: Server[] = [];

/** What a test looks at of an answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Serves a listener by Node's own server, for tests of how listeners come about and not of events. */
export async function serve(listener: Listener): Promise<(path?: string, init?: RequestInit) => Promise<Answer>> {
  const server = createServer((request, response) => void listener(request, response)).listen(0);
  servers.push(server);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return async (path = "/", init = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return { status: response.status, body: await response.text() };
  };
}

/** Ends all servers; for `afterEach`. */
export function closeServers(): void {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}
