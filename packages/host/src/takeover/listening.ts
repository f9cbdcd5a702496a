import type { Server } from "node:net";
import { HostError } from "../errors.ts";

/** Where a server listens. */
export interface ListenPlace {
  /** TCP port; 0: a free one. */
  readonly port: number;
  /** Address to bind; null: all. */
  readonly hostname: string | null;
  /** Descriptor of a socket that listens already, as a host before this one left it; null: bind anew. */
  readonly descriptor: number | null;
}

/**
 * Lets a server listen, and makes it outlive troubles of accepting: with no descriptor left (EMFILE) the system reports an
 * error with each connection, and a server without a listener for it would take the process down.
 *
 * @param onAcceptError told each connection that could not be accepted; the server goes on
 * @throws TIDEGATE_PORT_IN_USE, TIDEGATE_LISTEN_FAILED
 */
export async function listenAt(
  server: Server,
  { port, hostname, descriptor }: ListenPlace,
  onAcceptError: (error: NodeJS.ErrnoException) => void,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(listenError(error, port, hostname));
    server.once("error", onError);
    const onListening = (): void => {
      server.off("error", onError);
      server.on("error", onAcceptError);
      resolve();
    };
    if (descriptor !== null) server.listen({ fd: descriptor }, onListening);
    else server.listen({ port, ...(hostname !== null && { host: hostname }) }, onListening);
  });
}

/**
 * The descriptor of a listening server's socket, to pass to another process.
 *
 * @returns null when it does not listen, or on a system where sockets have none
 */
export function descriptorOf(server: Server): number | null {
  // Node has no public name for it; `child.send(message, server)` would do, but what it sends begins to accept at once,
  // long before the other process serves, and is gone when this process is killed meanwhile.
  const { _handle: handle } = server as Server & { readonly _handle?: { readonly fd?: number } | null };
  const fd = handle?.fd ?? -1;
  return fd >= 0 ? fd : null;
}

function listenError(error: NodeJS.ErrnoException, port: number, hostname: string | null): HostError {
  const where = hostname === null ? `port ${port}` : `${hostname}:${port}`;
  if (error.code === "EADDRINUSE") {
    return new HostError("TIDEGATE_PORT_IN_USE", `Cannot listen on ${where}: another program does`, { cause: error });
  }
  return new HostError("TIDEGATE_LISTEN_FAILED", `Cannot listen on ${where}: ${error.message}`, { cause: error });
}
