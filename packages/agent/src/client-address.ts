import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Socket } from "node:net";

const client = Symbol("tidegate.client");

type ClientSocket = Socket & { [client]?: string };

const requestEvents = new Set(["request", "upgrade", "checkContinue", "checkExpectation", "connect"]);

/**
 * Makes `req.socket.remoteAddress` the client's address, as it is on plain Node. On a Unix socket it would be
 * undefined, and with it Express's `req.ip`, rate limiters and access logs. The address is the last one of
 * `X-Forwarded-For`: the gateway, our only peer, wrote it.
 */
export function showClient(server: HttpServer, localPort: number): void {
  server.on("connection", (socket: ClientSocket) => {
    Object.defineProperties(socket, {
      remoteAddress: { get: () => socket[client], configurable: true },
      remoteFamily: { get: () => familyOf(socket[client]), configurable: true },
      localPort: { value: localPort, configurable: true },
    });
  });
  const emit = server.emit as (event: string, ...args: unknown[]) => boolean;
  server.emit = function emitWithClient(this: HttpServer, event: string, ...args: unknown[]): boolean {
    if (requestEvents.has(event)) labelSocket(args[0] as IncomingMessage);
    return emit.call(this, event, ...args);
  };
}

function labelSocket(request: IncomingMessage): void {
  const forwarded = request.headers["x-forwarded-for"];
  if (typeof forwarded !== "string") return;
  const address = forwarded.slice(forwarded.lastIndexOf(",") + 1).trim();
  if (request.httpVersionMajor === 2) showOnRequest(request, address);
  else (request.socket as ClientSocket)[client] = address;
}

/** One socket of HTTP/2 carries the requests of many clients: each request gets a view of it with its own. */
function showOnRequest(request: IncomingMessage, address: string): void {
  const socket = new Proxy(request.socket, {
    get: (target, name) => {
      if (name === "remoteAddress") return address;
      return name === "remoteFamily" ? familyOf(address) : Reflect.get(target, name);
    },
  });
  for (const name of ["socket", "connection"])
    Object.defineProperty(request, name, { value: socket, configurable: true });
}

function familyOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  return address.includes(":") ? "IPv6" : "IPv4";
}
