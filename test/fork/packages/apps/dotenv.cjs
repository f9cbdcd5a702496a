const { join } = require("node:path");
const loaded = require("dotenv").config({ path: join(__dirname, "dotenv.env"), quiet: true });
const { createServer } = require("node:http");
const { answer } = require("./contract.cjs");

createServer(async (_req, res) => {
  const { GREETING, GIVEN } = process.env;
  res.end(JSON.stringify(await answer({}, { parsed: loaded.parsed, GREETING, GIVEN })));
}).listen(process.env.PORT);
