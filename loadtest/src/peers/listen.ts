import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { endWithParent, sendListening } from "../program/program-side.ts";

/** Lets a peer listen on a free port of 127.0.0.1 and tell its parent. */
export function listenAsPeer(server: Server): void {
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    sendListening(`http://127.0.0.1:${port}`);
  });
  endWithParent();
}
