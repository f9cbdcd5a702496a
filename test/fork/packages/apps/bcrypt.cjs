const { createServer } = require("node:http");
const bcrypt = require("bcrypt");
const { answer } = require("./contract.cjs");

const admin = bcrypt.hashSync("tide", 4);

createServer(async (_req, res) => {
  const hash = await bcrypt.hash("tide", 4);
  const same = [
    await bcrypt.compare("tide", admin),
    await bcrypt.compare("tide", hash),
    await bcrypt.compare("ebb", hash),
  ];
  res.end(JSON.stringify(await answer({ hash }, same, { admin })));
}).listen(process.env.PORT);
