import { createServer } from "node:http";
import { v1, v4, v6, v7, validate } from "uuid";
import { answer } from "./contract.cjs";

const loaded = { v1: v1(), v4: v4(), v7: v7() };

createServer(async (_req, res) => {
  const ids = { v1: v1(), v4: v4(), v6: v6(), v7: v7() };
  // The last twelve digits of a version 1 id stand for the machine and process that made it.
  const own = { ...loaded, node: ids.v1.slice(-12) };
  res.end(JSON.stringify(await answer(ids, { isValid: Object.values(ids).every(validate) }, own)));
}).listen(process.env.PORT);
