import { createServer } from "node:http";
import pg from "pg";
import { answer } from "./contract.cjs";

const client = new pg.Client(process.env.PG_URL);
await client.connect();
const { rows } = await client.query("SELECT pg_backend_pid() AS backend");
const [{ backend }] = rows;

createServer(async (_req, res) => {
  const { rows } = await client.query("SELECT pg_backend_pid() = $1 AS own, $2::text AS text", [backend, "tide"]);
  res.end(JSON.stringify(await answer({}, rows, { backend })));
}).listen(process.env.PORT);
