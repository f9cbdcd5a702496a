import { Agent, createServer } from "node:http";
import { createProxyServer } from "httpxy";
import { listenAsPeer } from "./listen.ts";
import { peerConnections, targetFromArguments } from "./target.ts";

const agent = new Agent({ keepAlive: true, maxSockets: peerConnections, maxFreeSockets: peerConnections });
const proxy = createProxyServer({ target: targetFromArguments(), agent });
listenAsPeer(
  createServer((req, res) => {
    proxy.web(req, res).catch(() => {
      if (!res.headersSent) res.writeHead(502);
      res.end();
    });
  }),
);
