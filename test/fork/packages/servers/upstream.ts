import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { OwnServer } from "./own-server.ts";

/** A service that apps ask: `/settings` is the same for all, `/connection` numbers the connections asked over. */
export async function startUpstream(): Promise<OwnServer> {
  const connections = new WeakMap<object, number>();
  let count = 0;
  const server = createServer((req, res) => {
    const { socket } = req;
    const connection = connections.get(socket) ?? ++count;
    connections.set(socket, connection);
    res.setHeader("Content-Type", "application/json");
    res.end(JSON.stringify(req.url === "/connection" ? { connection } : { greeting: "ahoy" }));
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
