import type { Server } from "node:net";
import type { AppProtocol } from "./control.ts";

/** What a server speaks once TLS is taken off it; null when that is no HTTP. */
export function protocolOf(server: Server): AppProtocol | null {
  // Loaded here, not on top: an app that reaches this line has loaded it, and any other must not pay for it.
  const { Server: Http } = process.getBuiltinModule("node:http");
  if (server instanceof Http) return "http1";
  // The classes of `node:https` and `node:http2` are told by what only they have: loading these modules to ask takes longer
  // than the start of a small app.
  if ("updateSettings" in server) return "h2c";
  return isSecure(server) && "headersTimeout" in server ? "http1" : null;
}

/** Whether the server expects its connections to begin with TLS. */
export function isSecure(server: Server): boolean {
  return "setSecureContext" in server;
}

/**
 * Takes connections as if their TLS handshake were done: the gateway has ended TLS, with its own certificates. The app sees
 * encrypted sockets, as it expects.
 */
export function leaveTlsToGateway(server: Server): void {
  // The first one is that of the server itself; others are the app's.
  const [handshake] = server.listeners("connection");
  if (handshake !== undefined) server.off("connection", handshake as () => void);
  server.on("connection", (socket) => {
    Object.defineProperty(socket, "encrypted", { value: true, configurable: true });
    server.emit("secureConnection", socket);
  });
}
