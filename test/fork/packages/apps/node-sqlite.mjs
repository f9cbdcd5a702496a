import { createServer } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { answer } from "./contract.cjs";

const db = new DatabaseSync(join(process.env.DATA_DIR, "node.sqlite"), { timeout: 5000 });
db.exec("CREATE TABLE IF NOT EXISTS visits (id INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER)");
const insert = db.prepare("INSERT INTO visits (pid) VALUES (?)");
const find = db.prepare("SELECT pid FROM visits WHERE id = ?");

createServer(async (_req, res) => {
  const { lastInsertRowid: id } = insert.run(process.pid);
  const isOwnRow = find.get(id).pid === process.pid;
  const integrity = db.prepare("PRAGMA integrity_check").all();
  res.end(JSON.stringify(await answer({ id: Number(id) }, { isOwnRow, integrity })));
}).listen(process.env.PORT);
