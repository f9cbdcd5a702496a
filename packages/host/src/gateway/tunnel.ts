import type { Socket } from "node:net";
import type { ClientSocket } from "./connection-info.ts";

const lingerMs = 2_000;

/** Bytes that went through a tunnel. */
export interface TunnelBytes {
  fromClient: number;
  fromInstance: number;
}

/**
 * Joins two sockets after a protocol upgrade: bytes go both ways with backpressure, the end of one side ends the other,
 * and a failure of one destroys both.
 *
 * @param onClosed called once, when both are closed
 */
export function openTunnel(client: ClientSocket, instance: Socket, onClosed: (bytes: TunnelBytes) => void): void {
  const bytes: TunnelBytes = { fromClient: 0, fromInstance: 0 };
  let open = 2;
  const onClose = (other: ClientSocket) => (): void => {
    if (--open === 0) onClosed(bytes);
    else closeSoon(other);
  };
  pump(client, instance, (count) => {
    bytes.fromClient += count;
  });
  pump(instance, client, (count) => {
    bytes.fromInstance += count;
  });
  client.once("close", onClose(instance));
  instance.once("close", onClose(client));
}

/** Lets the socket write what is left, for a moment only: its other end may not read. */
function closeSoon(socket: ClientSocket): void {
  socket.destroySoon();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

function pump(from: ClientSocket, to: ClientSocket, count: (bytes: number) => void): void {
  from.on("data", (chunk) => {
    count(chunk.length);
    if (!to.write(chunk)) from.pause();
  });
  to.on("drain", () => from.resume());
  from.on("end", () => to.end());
  from.on("error", () => to.destroy());
  from.resume();
}
