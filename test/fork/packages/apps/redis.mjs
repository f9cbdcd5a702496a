import { createServer } from "node:http";
import { createClient } from "redis";
import { answer } from "./contract.cjs";

const redis = await createClient({ url: process.env.REDIS_URL }).connect();
const client = await redis.sendCommand(["CLIENT", "ID"]);

createServer(async (_req, res) => {
  const [now, visit] = [await redis.sendCommand(["CLIENT", "ID"]), await redis.incr("redis:visits")];
  res.end(JSON.stringify(await answer({ visit }, { isSameClient: now === client }, { client })));
}).listen(process.env.PORT);
