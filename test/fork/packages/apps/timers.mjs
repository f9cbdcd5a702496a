import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzipSync, gzip } from "node:zlib";
import { answer } from "./contract.cjs";

let ticks = 0;
setInterval(() => ticks++, 5).unref();
const reading = readFile(import.meta.filename, "utf8");
const packed = promisify(gzip)("tide");
await pause(20);

createServer(async (_req, res) => {
  const before = ticks;
  await pause(30);
  const same = {
    isTicking: ticks > before,
    lines: (await reading).split("\n").length,
    text: String(gunzipSync(await packed)),
  };
  res.end(JSON.stringify(await answer({}, same)));
}).listen(process.env.PORT);
