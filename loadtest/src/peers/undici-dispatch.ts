import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Dispatcher, Pool } from "undici";
import { listenAsPeer } from "./listen.ts";
import { peerConnections, targetFromArguments } from "./target.ts";

/** The fastest proxy that Node's public modules give: node:http in front, undici's dispatch behind, nothing copied. */

/** Headers of one connection only (RFC 9110, 7.6.1), and those undici writes itself. */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

const target = targetFromArguments();
const pool = target.startsWith("unix:")
  ? new Pool("http://localhost", { connections: peerConnections, socketPath: target.slice("unix:".length) })
  : new Pool(target, { connections: peerConnections });

listenAsPeer(createServer(forward));

function forward(req: IncomingMessage, res: ServerResponse): void {
  const hasBody = req.headers["content-length"] !== undefined || req.headers["transfer-encoding"] !== undefined;
  pool.dispatch(
    {
      path: req.url ?? "/",
      method: req.method as Dispatcher.HttpMethod,
      headers: forwardedHeaders(req.rawHeaders),
      body: hasBody ? req : null,
    },
    responseHandler(res),
  );
}

function forwardedHeaders(rawHeaders: readonly string[]): string[] {
  const headers: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (!hopByHop.has(name.toLowerCase())) headers.push(name, rawHeaders[index + 1] ?? "");
  }
  return headers;
}

function responseHandler(res: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller) {
      res.once("close", () => {
        if (!res.writableFinished) controller.abort(new Error("Cannot answer: the client went away"));
      });
    },
    onResponseStart(_controller, status, headers) {
      if (status < 200) return;
      const kept: (string | string[])[] = [];
      for (const name in headers) {
        const value = headers[name];
        if (value !== undefined && !hopByHop.has(name)) kept.push(name, value);
      }
      res.writeHead(status, kept as string[]);
    },
    onResponseData(controller, chunk) {
      if (res.write(chunk)) return;
      controller.pause();
      res.once("drain", () => controller.resume());
    },
    onResponseEnd() {
      res.end();
    },
    onResponseError() {
      if (res.headersSent) {
        res.destroy();
        return;
      }
      res.writeHead(502);
      res.end();
    },
  };
}
