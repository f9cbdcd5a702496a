import type { RequestListener, Server } from "node:http";
import { protocolOf } from "./server-protocol.ts";

/** Adapters' handlers carry the plain listener of their app under this key. */
const listenerKey = Symbol.for("tidegate.listener");

/** Names an app is exported under, in the order they are tried. */
const exportNames = ["handler", "default", "app", "server", "fetch"] as const;

type Unknown = Record<PropertyKey, unknown>;

/**
 * Finds the app among a module's exports: an adapter's handler, an `http.Server`, an Express app or other listener
 * `(req, res)`, a Koa or Fastify app, or a fetch handler; each may be a promise.
 *
 * @returns a server ready to listen, or null when nothing exported can be served.
 */
export async function serverOf(exported: object): Promise<Server | null> {
  for (const value of candidates(exported as Unknown)) {
    const server = await serverFor(await value);
    if (server !== null) return server;
  }
  return null;
}

function* candidates(exported: Unknown): Generator<unknown> {
  for (const name of exportNames) yield exported[name];
  // A CommonJS module's `module.exports` stands under `default`; its own members may be named like the above.
  const inner = exported.default;
  if (typeof inner === "object" && inner !== null) for (const name of exportNames) yield (inner as Unknown)[name];
}

async function serverFor(value: unknown): Promise<Server | null> {
  const { createServer } = process.getBuiltinModule("node:http");
  const { Server: NetServer } = process.getBuiltinModule("node:net");
  if (value instanceof NetServer && protocolOf(value) !== null) return value as Server;
  const listener = await listenerFor(value);
  return listener === null ? null : createServer(listener);
}

async function listenerFor(value: unknown): Promise<RequestListener | null> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return null;
  const app = value as Unknown;
  if (typeof app[listenerKey] === "function") return app[listenerKey] as RequestListener;
  if (isFunction(app.callback) && Array.isArray(app.middleware)) return (app.callback as () => RequestListener)();
  if (isFunction(app.ready) && isFunction(app.routing)) {
    await (app.ready as () => Promise<unknown>)();
    return app.routing as RequestListener;
  }
  if (isFunction(app.fetch)) return fetchListener(app as unknown as FetchApp);
  if (typeof value !== "function") return null;
  // `(req, res)` and Express apps take two or three arguments, fetch handlers one.
  return value.length >= 2 ? (value as RequestListener) : fetchListener(value as FetchApp);
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

type FetchHandler = (request: Request) => Response | Promise<Response>;
type FetchApp = FetchHandler | { readonly fetch: FetchHandler };

async function fetchListener(app: FetchApp): Promise<RequestListener> {
  // Loaded only for fetch handlers: no other app should pay for it.
  const { toHandler } = await import("@tidegate/fetch");
  return (toHandler(app) as unknown as Unknown)[listenerKey] as RequestListener;
}
