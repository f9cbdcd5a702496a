import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { endWithParent, sendListening } from "../program/program-side.ts";

/** Idle connections are counted over a while: no peer is to close them meanwhile, in milliseconds. */
const keptForMs = 600_000;

/** Lets a peer listen on a free port of 127.0.0.1 and tell its parent. */
export function listenAsPeer(server: Server): void {
  server.keepAliveTimeout = keptForMs;
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    sendListening(`http://127.0.0.1:${port}`);
  });
  endWithParent();
}
