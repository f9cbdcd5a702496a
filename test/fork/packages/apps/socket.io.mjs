import { createServer } from "node:http";
import { Server } from "socket.io";
import { answer } from "./contract.cjs";

const server = createServer(async (_req, res) =>
  res.end(JSON.stringify(await answer({}, { clients: io.engine.clientsCount }))),
);
const io = new Server(server);
io.on("connection", (socket) => socket.emit("hello", process.pid));
server.listen(process.env.PORT);
