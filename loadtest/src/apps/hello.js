import { createServer } from "node:http";

const body = "Hello, world!\n";
const headers = { "Content-Type": "text/plain; charset=utf-8", "Content-Length": Buffer.byteLength(body) };

createServer((_req, res) => {
  res.writeHead(200, headers);
  res.end(body);
}).listen(process.env.SOCKET ?? Number(process.env.PORT ?? 3000));
