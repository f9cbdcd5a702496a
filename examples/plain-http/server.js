import { createServer } from "node:http";
import { bytes } from "./bytes.js";
import { acceptWebSockets } from "./echo.js";
import { earlyHints, events, stream, trailers } from "./streams.js";
import { upload } from "./upload.js";

const ROUTES = {
  "GET /": (_req, res) => sendText(res, 200, "node:http without a framework\n"),
  "GET /headers": (req, res) => sendJson(res, 200, req.headers),
  "GET /stream": stream,
  "GET /events": events,
  "GET /trailers": trailers,
  "GET /early-hints": earlyHints,
  "GET /bytes": bytes,
  "POST /upload": upload,
};

function answer(req, res) {
  const url = new URL(req.url, "http://localhost");
  const [, name, argument] = url.pathname.split("/");
  // A HEAD request is a GET whose body Node leaves out by itself.
  const method = req.method === "HEAD" ? "GET" : req.method;
  const route = ROUTES[`${method} /${name}`];
  if (!route) return sendJson(res, 404, { error: `Nothing at ${req.method} ${url.pathname}` });
  Promise.resolve(route(req, res, url.searchParams, argument)).catch((error) => {
    // The client went away, or sent half a body: nobody is left to tell.
    if (res.headersSent || req.destroyed) return res.destroy();
    sendJson(res, error.status ?? 500, { error: error.message });
  });
}

function sendText(res, status, text) {
  res.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": Buffer.byteLength(text) });
  res.end(text);
}

function sendJson(res, status, value) {
  const text = `${JSON.stringify(value)}\n`;
  res.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  res.end(text);
}

const server = createServer(answer);
const closeWebSockets = acceptWebSockets(server);
server.listen(Number(process.env.PORT ?? 3000), process.env.HOST, () => console.log("node:http is listening"));

function stop() {
  closeWebSockets();
  server.close();
}

process.once("SIGTERM", stop);
process.once("SIGINT", stop);
