import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Socket } from "node:net";

const current = Symbol("tidegate.request");

/** Carries the request that came over it last. */
type ClientSocket = Socket & { [current]?: IncomingMessage };

const requestEvents = new Set(["upgrade", "checkContinue", "checkExpectation", "connect"]);

/** Shared by all sockets: accessors of their own would give each socket a shape of its own, and slow down all code that uses them. */
const shown = {
  remoteAddress: {
    get(this: ClientSocket) {
      return clientOf(this[current]);
    },
    configurable: true,
  },
  remoteFamily: {
    get(this: ClientSocket) {
      return familyOf(clientOf(this[current]));
    },
    configurable: true,
  },
} satisfies PropertyDescriptorMap;

/**
 * Makes `req.socket.remoteAddress` the client's address, as it is on plain Node. On a Unix socket it would be
 * undefined, and with it Express's `req.ip`, rate limiters and access logs. The address is the last one of
 * `X-Forwarded-For`: the gateway, our only peer, wrote it. It is looked for when somebody asks.
 */
export function showClient(server: HttpServer, localPort: number): void {
  const properties = { ...shown, localPort: { value: localPort, configurable: true } };
  server.on("connection", (socket: ClientSocket) => {
    Object.defineProperties(socket, properties);
  });
  const emit = server.emit as (event: string, ...args: unknown[]) => boolean;
  server.emit = function emitWithClient(this: HttpServer, event: string, first?: unknown, second?: unknown): boolean {
    if (event === "request") {
      labelSocket(first as IncomingMessage);
      return emit.call(this, event, first, second);
    }
    if (requestEvents.has(event)) labelSocket(first as IncomingMessage);
    // biome-ignore lint/complexity/noArguments: rest parameters would cost every request an array
    return Reflect.apply(emit, this, arguments) as boolean;
  };
}

function labelSocket(request: IncomingMessage): void {
  if (request.httpVersionMajor === 2) showOnRequest(request);
  else (request.socket as ClientSocket)[current] = request;
}

/** Read from the raw lines, from their end, where the gateway writes it: `headers` would parse all of them. */
function clientOf(request: IncomingMessage | undefined): string | undefined {
  const lines = request?.rawHeaders ?? [];
  for (let at = lines.length - 2; at >= 0; at -= 2) {
    const name = lines[at] ?? "";
    if (name.length !== 15 || name.toLowerCase() !== "x-forwarded-for") continue;
    const value = lines[at + 1] ?? "";
    return value.slice(value.lastIndexOf(",") + 1).trim();
  }
  return undefined;
}

/** One socket of HTTP/2 carries the requests of many clients: each request gets a view of it with its own. */
function showOnRequest(request: IncomingMessage): void {
  const address = clientOf(request);
  if (address === undefined) return;
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
