import { createServer } from "node:http";
import next from "next";

process.env.NODE_ENV ??= "production";

const port = Number(process.env.PORT ?? 3000);
const server = createServer();
// Given the server, Next answers upgrade requests on it as well.
const app = next({ dev: false, dir: import.meta.dirname, httpServer: server, port });
await app.prepare();
const handle = app.getRequestHandler();
server.on("request", (req, res) => void handle(req, res));
server.listen(port, process.env.HOST, () => console.log(`Next on port ${port}`));

function stop() {
  server.close(async () => {
    await app.close();
    process.exit();
  });
}

process.once("SIGTERM", stop);
process.once("SIGINT", stop);
