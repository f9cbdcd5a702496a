const { createServer } = require("node:http");
const mysql = require("mysql2/promise");
const { answer } = require("./contract.cjs");

const pool = mysql.createPool({ uri: process.env.MYSQL_URL, connectionLimit: 1 });

createServer(async (_req, res) => {
  const [[{ connection, product }]] = await pool.query("SELECT CONNECTION_ID() AS connection, 6 * 7 AS product");
  res.end(JSON.stringify(await answer({}, { product }, { connection })));
}).listen(process.env.PORT);
