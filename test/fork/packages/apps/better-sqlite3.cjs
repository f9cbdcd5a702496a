const { createServer } = require("node:http");
const { join } = require("node:path");
const Database = require("better-sqlite3");
const { answer } = require("./contract.cjs");

const db = new Database(join(process.env.DATA_DIR, "better.sqlite"), { timeout: 5000 });
const [{ journal_mode: journal }] = db.pragma("journal_mode");
db.exec("CREATE TABLE IF NOT EXISTS visits (id INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER)");
const insert = db.prepare("INSERT INTO visits (pid) VALUES (?) RETURNING id");
const find = db.prepare("SELECT pid FROM visits WHERE id = ?");

createServer(async (_req, res) => {
  const { id } = insert.get(process.pid);
  const isOwnRow = find.get(id).pid === process.pid;
  const integrity = db.pragma("integrity_check");
  res.end(JSON.stringify(await answer({ id }, { journal, isOwnRow, integrity })));
}).listen(process.env.PORT);
