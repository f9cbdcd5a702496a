import type * as http from "node:http";

// Not imported: an ES module import of node:http reads every export once, and three of them are getters that load the
// whole of undici. That took 30 ms of a cold start, this takes 4.
const nodeHttp: typeof http = process.getBuiltinModule("node:http");

/** See `http.IncomingMessage`; the class and its type. */
export type IncomingMessage = http.IncomingMessage;
export const IncomingMessage: typeof http.IncomingMessage = nodeHttp.IncomingMessage;
/** See `http.ServerResponse`; the class and its type. */
export type ServerResponse = http.ServerResponse;
export const ServerResponse: typeof http.ServerResponse = nodeHttp.ServerResponse;
export const Server: typeof http.Server = nodeHttp.Server;
export const validateHeaderName: typeof http.validateHeaderName = nodeHttp.validateHeaderName;
export const validateHeaderValue: typeof http.validateHeaderValue = nodeHttp.validateHeaderValue;
