import { createServer } from "node:http";
import { Redis } from "ioredis";
import { answer } from "./contract.cjs";

// It connects at once.
const redis = new Redis(process.env.REDIS_URL);

createServer(async (_req, res) => {
  const [client, visit] = [await redis.client("ID"), await redis.incr("ioredis:visits")];
  await redis.set(`ioredis:${process.pid}`, "kept");
  const kept = await redis.get(`ioredis:${process.pid}`);
  res.end(JSON.stringify(await answer({ visit }, { kept }, { client })));
}).listen(process.env.PORT);
