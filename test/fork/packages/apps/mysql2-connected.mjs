import { createServer } from "node:http";
import mysql from "mysql2/promise";
import { answer } from "./contract.cjs";

const connection = await mysql.createConnection(process.env.MYSQL_URL);
await connection.query("CREATE TABLE IF NOT EXISTS visits (id INT AUTO_INCREMENT PRIMARY KEY, pid INT)");

createServer(async (_req, res) => {
  const [{ insertId }] = await connection.execute("INSERT INTO visits (pid) VALUES (?)", [process.pid]);
  const [[row]] = await connection.execute("SELECT pid FROM visits WHERE id = ?", [insertId]);
  const own = { thread: connection.threadId };
  res.end(JSON.stringify(await answer({ insertId }, { isOwnRow: row.pid === process.pid }, own)));
}).listen(process.env.PORT);
