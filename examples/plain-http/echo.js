import { WebSocketServer } from "ws";

/** Echoes what arrives at /ws, text as text and bytes as bytes; returns how to end it. */
export function acceptWebSockets(server) {
  const sockets = new WebSocketServer({ noServer: true });

  server.on("upgrade", (req, socket, head) => {
    const { pathname } = new URL(req.url, "http://localhost");
    if (pathname !== "/ws")
      return socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    sockets.handleUpgrade(req, socket, head, echo);
  });

  return () => {
    for (const client of sockets.clients) client.close(1001, "stopping");
  };
}

function echo(socket) {
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.on("error", (error) => console.error("A WebSocket broke:", error.message));
}
