import { toHandler } from "../../index.ts";
import { createRuntimeServer } from "./runtime-server.ts";

// Keeps the process alive, as a pool of database connections would.
setInterval(() => {}, 60_000);

/** A response that is complete once the process has been told to end. */
const handler = toHandler((_req, res) => {
  res.write("begun,");
  process.once("SIGTERM", () => setImmediate(() => res.end("done")));
});

const { port } = await createRuntimeServer(handler, { host: "127.0.0.1" }).start();
process.send({ port });
// The parent's end of the channel must not be what keeps this process.
process.channel.unref();
