import { createServer } from "node:http";

// As an app that asks a database: hardly any work of its own, so that one machine can run the load and many instances.
const waitMs = Number(process.env.WAIT_MS ?? 50);

createServer((_req, res) => {
  setTimeout(() => res.end("Hello, after a while!\n"), waitMs);
}).listen(Number(process.env.PORT ?? 3000));
