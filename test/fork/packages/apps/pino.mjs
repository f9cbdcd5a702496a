import { createServer } from "node:http";
import { join } from "node:path";
import pino from "pino";
import { answer } from "./contract.cjs";

// A transport is a worker thread.
const target = { target: "pino/file", options: { destination: join(process.env.DATA_DIR, "pino.log") } };
const log = pino(pino.transport(target));
log.info("loaded");

createServer(async (_req, res) => {
  log.info({ asked: process.pid }, "asked");
  log.flush();
  res.end(JSON.stringify(await answer({}, { level: log.level })));
}).listen(process.env.PORT);
