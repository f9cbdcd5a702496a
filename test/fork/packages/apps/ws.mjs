import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { answer } from "./contract.cjs";

const server = createServer(async (_req, res) =>
  res.end(JSON.stringify(await answer({}, { sockets: sockets.clients.size }))),
);
const sockets = new WebSocketServer({ server, perMessageDeflate: true });
sockets.on("connection", (socket) => {
  socket.on("message", (text) => socket.send(JSON.stringify({ pid: process.pid, text: String(text) })));
});
server.listen(process.env.PORT);
