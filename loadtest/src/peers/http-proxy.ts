import { Agent, createServer } from "node:http";
import httpProxy from "http-proxy";
import { listenAsPeer } from "./listen.ts";
import { peerConnections, targetFromArguments } from "./target.ts";

// Without a keep-alive agent http-proxy opens a connection for each request: not what anybody would compare with.
const agent = new Agent({ keepAlive: true, maxSockets: peerConnections, maxFreeSockets: peerConnections });
const proxy = httpProxy.createProxyServer({ target: targetFromArguments(), agent });
proxy.on("error", (_error, _req, res) => {
  if ("writeHead" in res && !res.headersSent) res.writeHead(502);
  res.end();
});
listenAsPeer(createServer((req, res) => proxy.web(req, res)));
